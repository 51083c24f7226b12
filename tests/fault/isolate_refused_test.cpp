// --isolate pid where the system has less than it needs: none at all, no /proc of its own; and from a manifest.
#include <catch2/catch.hpp>

#include "isolated_run.hpp"

using namespace mpr::test;

namespace {

/// mpr for a shell in which it is $M, started with less than it needs.
Result try_isolated(const std::string& before, const OpenDir& dir) {
  const Census census;
  Options options = census.mark(with_names(env("DIR", dir.path())));
  return run(
      {"bash", "-c", before + R"( "$MPR" map --isolate pid --store "$DIR/s.db" sh -c 'touch "$DIR/ran"' --inputs 1)"},
      options);
}

void check_refused(const Result& result, const OpenDir& dir, const std::string& word) {
  check_usage_error(result, word);
  CHECK_THAT(result.err, Catch::Contains("mpr: hint: ") && Catch::Contains("without --isolate"));
  CHECK(dir.names().empty());  // nothing has run, and no run is recorded
}

/// Whether the tests may put themselves into namespaces to take something from mpr.
bool can_take_away() {
  const Result possible = run({"unshare", "-Urm", "sh", "-c", "echo 5 >/proc/sys/user/max_user_namespaces"});
  if (!possible.success()) WARN("no user namespace to try it in: " << possible.err);
  return possible.success();
}

}  // namespace

TEST_CASE("isolated: a filter that refuses namespaces is told before anything runs") {
  const OpenDir dir;
  check_refused(try_isolated("\"$HELPER\" without-namespaces", dir), dir,
                "the system refuses a user namespace, which a PID namespace needs without CAP_SYS_ADMIN: Operation not "
                "permitted (a seccomp filter, as containers have, may be why)");
}

TEST_CASE("isolated: the setting that allows no namespaces is named") {
  if (!can_take_away()) return;
  const OpenDir users;
  check_refused(try_isolated(R"(exec unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_user_namespaces; exec "$@"' sh \
                      setpriv --bounding-set=-sys_admin)",
                             users),
                users, "No space left on device (user.max_user_namespaces is 0)");
  const OpenDir pids;
  check_refused(
      try_isolated(R"(exec unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_pid_namespaces; exec "$@"' sh)", pids), pids,
      "the system refuses a PID namespace: No space left on device (user.max_pid_namespaces is 0)");
}

TEST_CASE("isolated: without /proc it is not to be had") {
  if (kSlowness != 1) {
    WARN("skipped: AddressSanitizer cannot do without /proc");
    return;
  }
  if (!can_take_away()) return;
  const OpenDir dir;
  check_refused(try_isolated(R"(exec unshare -Urm sh -c 'mount -t tmpfs none /proc && exec "$@"' sh)", dir), dir,
                "/proc");
}

TEST_CASE("isolated: what only shows commands does not need it") {
  const Result result = shell(R"("$HELPER" without-namespaces "$MPR" map --isolate pid --dry-run echo --inputs 1)");
  CHECK(result.out == "echo 1\n");
  CHECK(result.success());
  const Result none = shell(R"("$HELPER" without-namespaces "$MPR" map --isolate none echo --inputs 1)");
  CHECK(none.out == "1\n");
}

TEST_CASE("isolated: a manifest asks for it, and an option overrules it") {
  const TempDir dir;
  const std::string path = dir.write("m.json", R"({"version": 1, "pool": {"isolate": "pid"},
    "jobs": {"space": {"command": "readlink /proc/self/ns/pid"}}})");
  if (starters().empty()) return;
  const Result ours = run({"readlink", "/proc/self/ns/pid"});
  const Result result = run_mpr({"run", "--no-store", path});
  INFO(result);
  CHECK(result.success());
  CHECK_THAT(result.out, Catch::StartsWith("pid:[") && !Catch::Contains(ours.out));
  CHECK(run_mpr({"run", "--no-store", "--isolate", "none", path}).out == ours.out);
  const Result refused = shell("\"$HELPER\" without-namespaces \"$MPR\" run --no-store " + path);
  check_usage_error(refused, "tasks cannot be isolated: ");
  CHECK(run_mpr({"check", path}).success());
}

TEST_CASE("isolated: a task reads what another has written") {
  const OpenDir dir;
  const std::string path = dir.write("m.json", R"({"version": 1, "pool": {"isolate": "pid", "workers": 2}, "jobs": {
    "a": {"command": "echo from {}", "inputs": "1..3"},
    "b": {"command": "cat", "stdin": {"from": "a"}},
    "c": {"command": "echo again {}", "inputs": {"from": "a"}}}})");
  for (const Starter& starter : starters()) {
    INFO(starter.name);
    const Result result = run_isolated(starter, {"run", "--no-store", path});
    INFO(result);
    CHECK(result.success());
    CHECK(result.out == "from 1\nfrom 2\nfrom 3\nfrom 1\nfrom 2\nfrom 3\nagain from 1\nagain from 2\nagain from 3\n");
  }
}

TEST_CASE("isolated: tasks see the processes of their own namespace, by the numbers that they have there") {
  for (const Starter& starter : starters()) {
    INFO(starter.name);
    const bool is_root = starter.prefix.empty() && ::geteuid() == 0;
    const Result possible = run(starter.prefix + Argv{"unshare", is_root ? "-pf" : "-Ucpf", "--mount-proc", "true"});
    if (!possible.success()) {
      WARN("no /proc of a new namespace is to be had: " << possible.err);
      continue;
    }
    const Result result =
        run_isolated(starter, {"map", "sh", "-c", "echo $$; exec readlink /proc/self", "--inputs", "1"});
    const auto numbers = lines(result.out);
    INFO(result);
    REQUIRE(numbers.size() == 2);
    CHECK(numbers[0] == numbers[1]);
  }
}

TEST_CASE("isolated: where tasks can have no /proc of their own, they are cleaned up after all the same") {
  if (!can_take_away()) return;
  const TempDir dir;
  // A /proc of which something is covered cannot be mounted again in a user namespace.
  const Result result = shell(R"(
    exec unshare -Urm sh -c 'mount --bind /dev/null /proc/uptime && exec "$@"' sh \
      setpriv --bounding-set=-sys_admin --inh-caps=-all \
      "$MPR" map --isolate pid -j1 sh -c '
        if [ $0 = 1 ]; then readlink /proc/self; setsid sleep 1000 & echo $! >"$DIR/pid"; echo $$; exit; fi
        if [ $0 = 2 ]; then ! kill -0 $(cat "$DIR/pid") || exit 1; setsid sleep 1000 & echo $! >"$DIR/pid"
          kill -9 $PPID; sleep 1000; exit; fi
        ! kill -0 $(cat "$DIR/pid") && echo gone' --inputs 1..3)",
                              env("DIR", dir.path()));
  INFO(result);
  const auto said = lines(result.out);
  REQUIRE(said.size() == 3);
  CHECK(said[0] != said[1]);  // the /proc that is seen is another's
  CHECK(said[2] == "gone");
  CHECK_THAT(result.err, Catch::Contains("task 2 failed: its worker was lost") && Catch::Contains("1 task left"));
}
