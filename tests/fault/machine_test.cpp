// What mpr finds on a machine, or does not: CPUs that it may not have, no /proc, no /sys, no cgroups, another mpr
// around it, another language.
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <optional>

#include "support/mpr_command.hpp"
#include "support/temp_dir.hpp"

using namespace mpr::test;

namespace {

/// A script that is run with something mounted over `path`, which is empty then; nothing where that cannot be done.
std::optional<Result> without(const std::string& path, const std::string& script, const Options& options = {}) {
  const std::string space = ::geteuid() == 0 ? "unshare -m" : "unshare -Urm";
  if (!run({"sh", "-c", space + " mount -t tmpfs none " + path}).success()) {
    WARN("nothing can be mounted over " << path);
    return std::nullopt;
  }
  return shell("exec " + space + " sh -c 'mount -t tmpfs none " + path + " && exec bash -c \"$1\"' sh '" + script + "'",
               options);
}

constexpr const char* kAllowed = "sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' /proc/self/status";

}  // namespace

TEST_CASE("machine: with an affinity mask of one CPU there is one worker, on that CPU") {
  const auto allowed = lines(shell(kAllowed).out);
  REQUIRE(allowed.size() == 1);
  const size_t last = allowed[0].find_last_of(",-");
  const std::string cpu = last == std::string::npos ? allowed[0] : allowed[0].substr(last + 1);
  for (const std::string affinity : {"auto", "core", "thread", "none"}) {
    INFO(affinity);
    const Result result = shell("exec taskset -c " + cpu + " \"$MPR\" map --affinity " + affinity +
                                " --json --shell \"" + kAllowed + "; : {}\" --inputs 1..20");
    CHECK(result.success());
    const auto tasks = lines(result.out);
    CHECK(tasks.size() == 20);
    for (const std::string& task : tasks)
      CHECK((contains(task, "\"slot\":1,") && contains(task, "\"stdout\":\"" + cpu + "\\n\"")));
  }
  // More workers than CPUs share what there is.
  const Result three = shell("exec taskset -c " + cpu + " \"$MPR\" map -j3 --affinity thread echo --inputs 1..20");
  CHECK(lines(three.out).size() == 20);
}

TEST_CASE("machine: CPUs that the kernel does not give are told before anything runs, and what is allowed") {
  const TempDir dir;
  for (const std::string affinity : {"core", "thread"}) {
    const Result result = shell("exec \"$HELPER\" without-pinning \"$MPR\" map -j2 --affinity " + affinity +
                                    " --store \"$DIR/s.db\" sh -c 'touch \"$DIR/ran\"' --inputs 1",
                                env("DIR", dir.path()));
    check_usage_error(result, "workers cannot be pinned to CPU ");
    CHECK_THAT(result.err, Catch::Contains("Operation not permitted\nmpr: hint: CPUs ") &&
                               Catch::Contains(" are allowed; --affinity none pins nothing"));
    CHECK(dir.names().empty());
  }
  // Where nobody asked for it, there is no pinning.
  const Result result = shell("exec \"$HELPER\" without-pinning \"$MPR\" map echo --inputs 1..20");
  INFO(result);
  CHECK(result.success());
  CHECK(lines(result.out).size() == 20);
  CHECK(result.err.empty());
}

TEST_CASE("machine: without /proc tasks run as ever, and what they leave behind is ended") {
  if (kSlowness != 1) {
    WARN("skipped: AddressSanitizer cannot do without /proc");
    return;
  }
  const auto plain = without("/proc", "\"$MPR\" map -j2 echo --inputs 1..4; \"$MPR\" cpus");
  if (!plain) return;
  INFO(*plain);
  CHECK(plain->success());
  CHECK_THAT(plain->out, Catch::StartsWith("1\n2\n3\n4\n") && Catch::Contains(" worker"));
  // In its group, out of it, and as a daemon; the census sees what is left.
  const auto leaving = without(
      "/proc", R"("$MPR" map -j2 sh -c "sleep 1000 & setsid sleep 1000 & \"\$HELPER\" daemon; echo \$0" --inputs 1 2)");
  INFO(*leaving);
  CHECK(leaving->out == "1\n2\n");
  CHECK_THAT(leaving->err, Catch::Contains("2 tasks left processes behind, which were ended"));
}

TEST_CASE("machine: without /proc a killed mpr, and a killed worker, leave nothing either") {
  if (kSlowness != 1) {
    WARN("skipped: AddressSanitizer cannot do without /proc");
    return;
  }
  const TempDir dir;
  const auto killed = without(
      "/proc", R"("$MPR" map -j2 sh -c "setsid sleep 1000 & touch \"\$DIR/ready\"; sleep 1000; exit" --inputs 1 2 &
                  "$HELPER" await "$DIR/ready"; kill -9 $!; wait $!; echo $?)",
      env("DIR", dir.path()));
  if (!killed) return;
  CHECK(killed->out == "137\n");
  const auto worker = without(
      "/proc",
      R"("$MPR" map -j1 sh -c "test \$0 = 2 && echo \$0 && exit; setsid sleep 1000 & kill -9 \$PPID; sleep 1000" --inputs 1 2)");
  INFO(*worker);
  CHECK(worker->exit_status == 1);
  CHECK(worker->out == "2\n");
}

TEST_CASE("machine: without /sys, and without cgroups, the affinity mask decides") {
  for (const char* path : {"/sys", "/sys/fs/cgroup"}) {
    if (!std::filesystem::exists(path)) continue;
    const auto result = without(path, "\"$MPR\" map --affinity thread echo --inputs 1..4; \"$MPR\" cpus; nproc");
    if (!result) return;
    INFO(path << "\n" << *result);
    CHECK(result->success());
    const auto said = lines(result->out);
    REQUIRE(said.size() > 6);
    CHECK_THAT(result->out, Catch::StartsWith("1\n2\n3\n4\n") && Catch::Contains("quota    none"));
    CHECK(said[4] == said.back() + (said.back() == "1" ? " worker" : " workers"));
    CHECK(result->err.empty());
  }
}

TEST_CASE("machine: mpr in mpr in mpr gives the same results, and a kill of the outermost leaves nothing") {
  const std::string inner = R"("$MPR" map -j2 sh -c '"$MPR" map -j2 sh -c "echo \$0" --inputs $0.1 $0.2' --inputs 1 2)";
  CHECK(run_mpr({"map", "-j2", "sh", "-c", inner + "; : $0", "--inputs", "a", "b"}).out ==
        "1.1\n1.2\n2.1\n2.2\n1.1\n1.2\n2.1\n2.2\n");
  for (const int number : {SIGKILL, SIGTERM}) {
    const TempDir dir;
    RunningMpr mpr(
        {"map", "-j2", "sh", "-c",
         R"("$MPR" map -j2 sh -c '"$MPR" map -j1 --kill-after 200ms sh -c "setsid sleep 1000 & \"\$HELPER\" daemon
                         touch \"\$DIR/\$0\"; sleep 1000; exit" --inputs $0; exit' --inputs $0.1 $0.2; exit)",
         "--inputs", "1", "2"},
        env("DIR", dir.path()));
    REQUIRE(wait_until([&] { return dir.names().size() == 4; }));
    mpr->signal(number);
    CHECK(mpr->wait().signal == number);
    for (const std::string& left : mpr.census().leftovers()) FAIL_CHECK(left);
  }
}

TEST_CASE("machine: the language of the user changes nothing that mpr reads or prints") {
  const auto in_language = [](const std::string& name) {
    Options options = env("LC_ALL", name);
    options.env.emplace_back("LANG", name);
    options.env.emplace_back("LANGUAGE", name);
    const Census census;  // bash would complain of a language that is not installed
    return run(
        {"sh", "-c", R"("$MPR" map --timeout 1.5s --kill-after 250ms --retry-delay 0.5ms -j50% echo --inputs I i 0..2;
                    "$MPR" map --dry-run --timeout 1,5s true --inputs 1; "$MPR" map --affinity AUTO true --inputs 1
                    "$MPR" map ./no-such-program --inputs 1; "$MPR" map --quiet sh -c "exit 3" --inputs 1; "$MPR" cpus
                    "$MPR" map --json sleep --inputs 0.01 | grep -o "seconds\":0\.0" | head -1)"},
        census.mark(with_names(options)));
  };
  const Result plain = in_language("C");
  INFO(plain);
  CHECK_THAT(plain.out, Catch::StartsWith("I\ni\n0\n1\n2\n") && Catch::EndsWith("seconds\":0.0\n"));
  for (const std::string name : {"tr_TR.UTF-8", "de_DE.UTF-8", "C.UTF-8", "xx_XX"}) {
    const Result result = in_language(name);
    INFO(name << "\n" << result);
    CHECK(result.out == plain.out);
    CHECK(result.err == plain.err);
  }
}
