// Where mpr writes: standard streams that are closed or full, no room for what waits, files at their limit.
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "support/mpr_command.hpp"
#include "support/process_support.hpp"

using namespace mpr::test;

namespace {

/// One that fits for a line of mpr's about an error, and its hint.
void check_failure(const Result& result, const std::string& why) {
  INFO(result);
  CHECK(result.exit_status == 125);
  const auto said = lines(result.err);
  REQUIRE_FALSE(said.empty());
  CHECK(said.size() <= 2);
  CHECK_THAT(said[0], Catch::StartsWith("mpr: error: ") && Catch::Contains(why));
}

/// The second ends long before the first, and has more to say than is held in memory.
const std::string kMuchWaits = R"($MPR map -j2 sh -c '
  if [ $0 = 1 ]; then "$HELPER" await "$DIR/done"; else "$HELPER" write-out 30000000; touch "$DIR/done"; fi
' --inputs 1 2)";

Options with_dir(const TempDir& dir) {
  return env("DIR", dir.path());
}

}  // namespace

TEST_CASE("whatever standard streams are closed, tasks run and none of their output is lost silently") {
  for (int closed = 0; closed < 8; ++closed) {
    const TempDir dir;
    const std::string streams = std::string(closed & 1 ? " <&-" : " </dev/null") +
                                (closed & 2 ? " >&-" : " >\"$DIR/out\"") + (closed & 4 ? " 2>&-" : " 2>\"$DIR/err\"");
    const std::string run = "$MPR map --store \"$DIR/runs.db\" sh -c 'cat; echo out $0; echo err $0 >&2' --inputs 1 2";
    const Result result = shell("touch $DIR/out $DIR/err; " + run + streams + "; echo $? > $DIR/status", with_dir(dir));
    INFO(run + streams << "\n" << result << read_file(dir / "err"));
    const bool stdout_closed = (closed & 2) != 0;
    CHECK(read_file(dir / "status") == (stdout_closed ? "125\n" : "0\n"));
    if (!stdout_closed) CHECK(read_file(dir / "out") == "out 1\nout 2\n");
    if ((closed & 6) == 2)
      CHECK_THAT(read_file(dir / "err"), Catch::Contains("mpr: error: cannot write to standard output: Bad file"));
    if ((closed & 6) == 0) CHECK(read_file(dir / "err") == "err 1\nerr 2\n");
    // The store is no standard stream of anybody's.
    CHECK(read_file(dir / "runs.db").substr(0, 15) == "SQLite format 3");
  }
}

TEST_CASE("tasks that print nothing need no standard output") {
  const Result result = shell("$MPR map true --inputs 1..3 >&-");
  INFO(result);
  CHECK(result.success());
  CHECK(result.err.empty());
}

TEST_CASE("with all standard streams closed, a task has its own three and no other") {
  const TempDir dir;
  const Result result = shell(
      R"($MPR map sh -c 'ls -l /proc/self/fd > "$DIR/fds"; exit 0' --inputs 1 <&- >&- 2>&-; echo $? > $DIR/status)",
      with_dir(dir));
  INFO(result << read_file(dir / "fds"));
  CHECK(read_file(dir / "status") == "0\n");
  const std::string fds = read_file(dir / "fds");
  CHECK_THAT(fds, Catch::Contains(" 0 -> /dev/null") && Catch::Contains(" 2 -> pipe:"));
  CHECK(lines(fds).size() == 5);  // "total 0", the three, and ls's own
}

TEST_CASE("a full disk for standard error is an error of mpr, told by its status") {
  const Result result = shell("$MPR map sh -c 'echo out; echo err >&2' --inputs 1 2>/dev/full");
  INFO(result);
  CHECK(result.exit_status == 125);
}

TEST_CASE("what commands print about plans and runs, they print whole or fail") {
  for (const char* const each : {"schema", "--help", "cpus", "map --dry-run echo --inputs 1..100000"}) {
    check_failure(shell("$MPR " + std::string(each) + " > /dev/full"),
                  "cannot write to standard output: No space left on device");
    check_failure(shell("$MPR " + std::string(each) + " >&-"), "cannot write to standard output: Bad file descriptor");
  }
}

TEST_CASE("without a directory for what waits, a run with little to wait for succeeds and one with much says why") {
  const TempDir dir;
  Options options = with_dir(dir);
  options.env.emplace_back("TMPDIR", "/no/such/directory");
  const Census census;
  options = with_names(options);
  const Result little = run({"sh", "-c", "$MPR map echo --inputs 1..20"}, options);
  CHECK(little.success());
  const Result much = run({"bash", "-c", kMuchWaits}, options);
  check_failure(much, "'/no/such/directory': No such file or directory");
  CHECK_THAT(much.err, Catch::Contains("mpr: hint: set TMPDIR to a directory with room"));
}

TEST_CASE("a directory for what waits that cannot be written to is told") {
  if (::getuid() != 0) {
    WARN("skipped: only root can become another user");
    return;
  }
  const TempDir dir;
  ::chmod(dir.path().c_str(), 0755);
  const std::string out = dir / "out";
  REQUIRE(run({"mkdir", "-m", "777", out}).success());
  Options options = with_names(env("DIR", out));
  options.env.emplace_back("TMPDIR", dir.path());
  const Result result =
      run({"setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "bash", "-c", kMuchWaits}, options);
  check_failure(result, "'" + dir.path() + "': Permission denied");
}

TEST_CASE("a directory for what waits that is full is told, and nothing is left there") {
  const TempDir dir;
  const std::string small = dir / "small";
  REQUIRE(run({"mkdir", small}).success());
  Options options = with_dir(dir);
  options.env.emplace_back("SMALL", small);
  options.env.emplace_back("RUN", kMuchWaits);
  const Result result = shell(
      R"(unshare -m sh -c 'mount -t tmpfs -o size=2m small "$SMALL" || exit 77
                           TMPDIR="$SMALL"; export TMPDIR; sh -c "$RUN"; status=$?
                           ls -A "$SMALL"; exit $status')",
      options);
  if (result.exit_status == 77 || contains(result.err, "unshare")) {
    WARN("skipped: only root can mount");
    return;
  }
  check_failure(result, "'" + small + "': No space left on device");
  CHECK(result.out.empty());
}

TEST_CASE("a limit of the size of files ends mpr by no signal, and is told") {
  const TempDir dir;
  // What waits for its turn ...
  const Result waits = shell("ulimit -f 1000; " + kMuchWaits, with_dir(dir));
  check_failure(waits, "File too large");
  // ... results in a file ...
  const Result results = shell("ulimit -f 1; $MPR map seq --inputs 10000 > $DIR/results", with_dir(dir));
  check_failure(results, "cannot write to standard output: File too large");
  // ... what is printed without a run ...
  check_failure(shell("ulimit -f 1; $MPR schema > $DIR/schema", with_dir(dir)), "File too large");
  check_failure(shell("ulimit -f 1; $MPR map --dry-run echo --inputs 1..10000 > $DIR/plan", with_dir(dir)),
                "File too large");
  // ... and the log of errors.
  const Result log =
      shell("ulimit -f 1; $MPR map --fail-fast sh -c 'seq 10000 >&2; exit 1' --inputs 1 2> $DIR/log", with_dir(dir));
  CHECK(log.exit_status == 125);
}

TEST_CASE("a task at the limit of the size of files is ended by the signal for it, as without mpr") {
  const TempDir dir;
  const Result result = shell(
      "ulimit -c 0; ulimit -f 1; $MPR map sh -c 'exec head -c 10000 /dev/zero > $DIR/$0' --inputs 1", with_dir(dir));
  INFO(result);
  CHECK(result.exit_status == 1);
  CHECK_THAT(result.err, Catch::Contains("killed by signal 25 (SIGXFSZ"));
}

TEST_CASE("a text for a task's standard input is not held against the limit of the size of files in a way that kills") {
  const TempDir dir;
  const std::string manifest =
      dir.write("jobs.json", R"({"version": 1, "jobs": {"a": {"command": ["wc", "-c"], "stdin": ")" +
                                 std::string(5000, 'x') + R"("}}})");
  const Result result = shell("ulimit -f 1; $MPR run --no-store $DIR/jobs.json", with_dir(dir));
  INFO(result);
  const bool read_whole = result.exit_status == 0 && result.out == "5000\n";
  const bool told = result.exit_status == 1 && contains(result.err, "File too large");
  CHECK((read_whole || told));
}

TEST_CASE("in a directory that cannot be written to, everything but a store there works") {
  const TempDir dir;
  if (::getuid() != 0) ::chmod(dir.path().c_str(), 0500);
  ::chmod(dir.path().c_str(), 0555);
  const Argv as_other =
      ::getuid() == 0 ? Argv{"setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"} : Argv{};
  const auto there = [&](const Argv& words) {
    Argv argv = as_other;
    argv.push_back(kMpr);
    argv.insert(argv.end(), words.begin(), words.end());
    Options options;
    options.directory = dir.path();
    return run(argv, with_names(options));
  };
  const Result runs = there({"map", "echo", "--inputs", "1..3"});
  INFO(runs);
  CHECK(runs.out == "1\n2\n3\n");
  check_failure(there({"map", "--store", "runs.db", "echo", "--inputs", "1..3"}), "Permission denied");
  ::chmod(dir.path().c_str(), 0700);
}
