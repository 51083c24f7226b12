// The promise that nothing is orphaned: whatever a task starts, and however the run ends, no process is left.
#include <signal.h>

#include <filesystem>

#include <catch2/catch.hpp>

#include "support/mpr_command.hpp"

using namespace mpr::test;

namespace {

/// Ways in which a script leaves something behind: in the background, in a session of its own, as a daemon; with the
/// task's stdout or without.
const std::vector<std::string> kLeavings{
    "sleep 1000 &",
    "sleep 1000 >/dev/null 2>&1 &",
    "setsid sleep 1000 &",
    "setsid sleep 1000 >/dev/null 2>&1 &",
    "\"$HELPER\" daemon",
    "\"$HELPER\" daemon >/dev/null 2>&1",
    "trap '' TERM INT HUP; sleep 1000 &",
    "(trap '' TERM INT HUP; exec setsid sleep 1000) &",
};

/// A task that leaves all of them, says that it has by creating READY, and goes on.
std::string busy_script() {
  std::string script;
  for (const std::string& leaving : kLeavings) script += leaving + "\n";
  return script + "echo $$ $PPID > \"$READY.new\"; mv \"$READY.new\" \"$READY\"; sleep 1000";
}

/// mpr with two such tasks for one worker; the first has got to its end.
class BusyRun {
 public:
  BusyRun()
      : running_({"map", "-j1", "--kill-after", "500ms", "sh", "-c", busy_script(), "--inputs", "1", "2"},
                 env("READY", dir_ / "ready")) {
    await_task();
  }
  Running& program() { return *running_.operator->(); }
  Census& census() { return running_.census(); }

  /// Waits for the current task, or else the next, to have started all that it starts.
  void await_task() {
    REQUIRE(wait_until([&] { return exists(dir_ / "ready"); }));
    const std::string pids = read_file(dir_ / "ready");
    std::filesystem::remove(dir_ / "ready");
    worker_ = std::stoi(pids.substr(pids.find(' ')));  // it runs the task, so it is the task's parent
    // And mpr, its worker, the task. A process between its fork and its exec is not seen by its mark.
    REQUIRE(wait_until([&] { return running_.census().processes().size() >= kLeavings.size() + 3; }));
  }

  void kill_worker() const { kill(worker_, SIGKILL); }

 private:
  TempDir dir_;
  RunningMpr running_;
  pid_t worker_ = -1;
};

void check_nothing_left(Census& census) {
  for (const std::string& left : census.leftovers()) FAIL_CHECK(left);
}

}  // namespace

TEST_CASE("what a task leaves behind is ended when the task ends") {
  for (const std::string& leaving : kLeavings) {
    const Result result = run_mpr({"map", "sh", "-c", leaving + "\necho x", "--inputs", "1"});
    INFO(leaving << "\n" << result);
    CHECK(result.out == "x\n");
    CHECK(result.success());
    CHECK(result.seconds < 1 * kSlowness);
  }
}

TEST_CASE("what a task leaves behind is gone before the next task of its slot starts") {
  const TempDir dir;
  const Result result = run_mpr({"map", "-j1", "sh", "-c",
                                 R"X([ ! -e "$PID" ] || ! kill -0 $(cat "$PID") 2>/dev/null || exit 1
                                     setsid sleep 1000 & echo $! > "$PID")X",
                                 "--inputs", "1..5"},
                                env("PID", dir / "pid"));
  INFO(result);
  CHECK(result.success());
  CHECK(exists(dir / "pid"));
}

TEST_CASE("what a failed task leaves behind is ended") {
  for (const std::string& leaving : kLeavings) {
    const Result result = run_mpr({"map", "sh", "-c", leaving + "\nkill -9 $$", "--inputs", "1"});
    INFO(leaving << "\n" << result);
    CHECK(result.exit_status == 1);
    CHECK(result.seconds < 1 * kSlowness);
  }
}

TEST_CASE("what a timed-out task leaves behind is ended") {
  for (const std::string& leaving : kLeavings) {
    const Result result = run_mpr(
        {"map", "--timeout", "300ms", "--kill-after", "300ms", "sh", "-c", leaving + "\nsleep 1000", "--inputs", "1"});
    INFO(leaving << "\n" << result);
    CHECK(result.exit_status == 1);
    CHECK(result.seconds < 5 * kSlowness);
  }
}

TEST_CASE("what a task leaves behind does not keep another task's results back") {
  const Result result = run_mpr({"map", "-j2", "sh", "-c", "setsid sleep 1000 & echo $0", "--inputs", "1..10"});
  INFO(result);
  CHECK(result.out == "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n");
}

TEST_CASE("what a background process wrote before its task ended is kept") {
  const Result result =
      run_mpr({"map", "sh", "-c", "{ echo from behind; exec sleep 1000; } & sleep 0.2; echo x", "--inputs", "1"});
  CHECK_THAT(result.out, Catch::Contains("from behind\n") && Catch::Contains("x\n"));
}

TEST_CASE("a signal ends the run and everything in it, and is what mpr ends by") {
  const int number = GENERATE(SIGINT, SIGTERM, SIGHUP, SIGQUIT);
  INFO("signal " << number);
  BusyRun busy;
  const auto sent = Clock::now();
  busy.program().signal(number);
  const Result result = busy.program().wait();
  INFO(result);
  CHECK(result.signal == number);
  CHECK(Clock::now() - sent < std::chrono::seconds{5} * kSlowness);  // --kill-after is half a second
  CHECK(busy.census().processes().empty());                          // already now: mpr ends after everything else
  check_nothing_left(busy.census());
}

TEST_CASE("nothing is left when a signal that cannot be caught, or is not, kills mpr") {
  const int number = GENERATE(SIGKILL, SIGSEGV, SIGUSR1);
  INFO("signal " << number);
  BusyRun busy;
  busy.program().signal(number);
  busy.program().wait();
  check_nothing_left(busy.census());
}

TEST_CASE("when a worker is killed its task fails, the run goes on, and nothing is left") {
  const TempDir dir;
  RunningMpr running({"map", "-j1", "sh", "-c",
                      R"([ $0 = 2 ] && { echo ran $0; exit; }
                         setsid sleep 1000 & echo $PPID > "$READY.new"; mv "$READY.new" "$READY"; sleep 1000)",
                      "--inputs", "1", "2"},
                     env("READY", dir / "ready"));
  REQUIRE(wait_until([&] { return exists(dir / "ready"); }));
  kill(std::stoi(read_file(dir / "ready")), SIGKILL);
  const Result result = running->wait();
  INFO(result);
  CHECK(result.exit_status == 1);
  CHECK(result.out == "ran 2\n");
  CHECK_THAT(result.err, Catch::Contains("worker"));
}

TEST_CASE("a task whose worker was killed is tried again where retries are asked for") {
  const TempDir dir;
  RunningMpr running({"map", "-j1", "--retries", "1", "sh", "-c",
                      R"([ $MPR_ATTEMPT = 2 ] && { echo again; exit; }
                         echo $PPID > "$READY.new"; mv "$READY.new" "$READY"; exec sleep 1000)",
                      "--inputs", "1"},
                     env("READY", dir / "ready"));
  REQUIRE(wait_until([&] { return exists(dir / "ready"); }));
  kill(std::stoi(read_file(dir / "ready")), SIGKILL);
  const Result result = running->wait();
  INFO(result);
  CHECK(result.success());
  CHECK(result.out == "again\n");
}

TEST_CASE("nothing is left when a worker is killed, and then mpr") {
  BusyRun busy;
  busy.kill_worker();
  busy.await_task();  // the next one, in the worker's place: so mpr has noticed
  busy.program().signal(SIGKILL);
  busy.program().wait();
  check_nothing_left(busy.census());
}

TEST_CASE("nothing is left when mpr is killed, and then its worker") {
  BusyRun busy;
  busy.program().signal(SIGKILL);
  busy.program().wait();
  busy.kill_worker();
  check_nothing_left(busy.census());
}

TEST_CASE("nothing is left when mpr is killed while many tasks start and end") {
  RunningMpr running(
      {"map", "-j4", "sh", "-c", "setsid sleep 1000 & \"$HELPER\" daemon; echo $0", "--inputs", "1..10000"});
  running->read_until("20\n");
  running->signal(SIGKILL);
  running->wait();
  check_nothing_left(running.census());
}

TEST_CASE("a task that ignores SIGTERM does not outlive a run that is ended") {
  const TempDir dir;
  RunningMpr running(
      {"map", "--kill-after", "300ms", kHelper, "ignore-term", dir / "ready", dir / "got", "--inputs", "1"});
  REQUIRE(wait_until([&] { return exists(dir / "ready"); }));
  running->signal(SIGTERM);
  const Result result = running->wait();
  INFO(result);
  CHECK(result.signal == SIGTERM);
  CHECK(exists(dir / "got"));
}

TEST_CASE("a signal that comes again ends a run at once") {
  const TempDir dir;
  RunningMpr running(
      {"map", "--kill-after", "1000s", kHelper, "ignore-term", dir / "ready", dir / "got", "--inputs", "1"});
  REQUIRE(wait_until([&] { return exists(dir / "ready"); }));
  running->signal(SIGTERM);
  REQUIRE(wait_until([&] { return exists(dir / "got"); }));
  running->signal(SIGTERM);
  const Result result = running->wait();
  INFO(result);
  CHECK(result.signal == SIGTERM);
}

TEST_CASE("a run that is ended prints the results it has") {
  const TempDir dir;
  RunningMpr running({"map", "-j1", "sh", "-c", R"(echo $0; [ $0 = 1 ] || { touch "$READY"; exec sleep 1000; })",
                      "--inputs", "1", "2"},
                     env("READY", dir / "ready"));
  REQUIRE(wait_until([&] { return exists(dir / "ready"); }));
  running->signal(SIGTERM);
  CHECK_THAT(running->wait().out, Catch::StartsWith("1\n"));
}

TEST_CASE("a signal ends mpr also while it waits for input") {
  Options options;
  options.keep_stdin = true;
  RunningMpr running({"map", "echo"}, options);
  running->write("1\n");
  running->read_until("1\n");
  running->signal(SIGTERM);
  CHECK(running->wait().signal == SIGTERM);
}

TEST_CASE("a signal ends mpr also while nobody reads its output") {
  const TempDir dir;
  Options options;
  options.env = {{"DIR", dir.path()}};
  const Result result = shell(
      R"(mkfifo "$DIR/pipe"; exec 3<>"$DIR/pipe"
         "$MPR" map sh -c '"$HELPER" write-out 5000000; touch "$DIR/wrote"' --inputs 1..3 >"$DIR/pipe" 3>&- &
         "$HELPER" await "$DIR/wrote"; kill -TERM $!; wait $!; echo $?)",
      options);
  INFO(result);
  CHECK(result.out == std::to_string(128 + SIGTERM) + "\n");
}
