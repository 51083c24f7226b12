// The tests' own tools, proven: a tool that sees nothing would let every promise pass.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "support/census.hpp"
#include "support/process_table.hpp"
#include "support/running.hpp"
#include "support/terminal.hpp"

using namespace mpr::test;

namespace {

const std::string kHelper = MPR_TEST_PROGRAMS "/helper";

Options short_limit() {
  Options options;
  options.limit = Limit{300};
  return options;
}

}  // namespace

TEST_CASE("run tells how a program ended and what it printed on each stream") {
  const Result result = run({"sh", "-c", "echo out; echo err >&2; exit 3"});
  CHECK(result.exit_status == 3);
  CHECK(result.signal == 0);
  CHECK(result.out == "out\n");
  CHECK(result.err == "err\n");
}

TEST_CASE("run tells the signal that ended a program") {
  const Result result = run({kHelper, "signal", "9"});
  CHECK(result.signal == SIGKILL);
  CHECK(result.exit_status == -1);
}

TEST_CASE("run feeds and reads more than pipes hold without a deadlock") {
  Options options;
  options.input = std::string(3'000'000, 'x');
  CHECK(run({"cat"}, options).out == options.input);
  const Result both = run({kHelper, "write-both", "3000000"});
  CHECK(both.out.size() == 3'000'000);
  CHECK(both.err == both.out);
}

TEST_CASE("run does not mind a program that reads nothing of its input") {
  Options options;
  options.input = std::string(3'000'000, 'x');
  CHECK(run({"true"}, options).success());
}

TEST_CASE("run gives the program its environment and its directory") {
  TempDir dir;
  Options options;
  options.env = {{"MPR_TEST_WORD", "hello"}, {"HOME", "/nowhere"}};
  options.directory = dir.path();
  CHECK(run({"sh", "-c", "echo $MPR_TEST_WORD $HOME; pwd"}, options).out == "hello /nowhere\n" + dir.path() + "\n");
}

TEST_CASE("a program that passes its limit is reported and killed with its whole session") {
  Census census;
  CHECK_THROWS_AS(run({"sh", "-c", "trap '' TERM; sleep 1000 & sleep 1000"}, census.mark(short_limit())), LimitPassed);
  CHECK(census.leftovers().empty());
}

TEST_CASE("a program that cannot be started is an error") {
  CHECK_THROWS_WITH(run({"/no/such/program"}), Catch::Contains("No such file"));
}

TEST_CASE("the end of a program is not held up by those who keep its pipes") {
  Census census;
  const Result result = run({kHelper, "daemon"}, census.mark());
  CHECK(result.success());
  CHECK(result.seconds < 5);
  CHECK_FALSE(census.leftovers(Limit{0}).empty());  // the daemon, which the census ends
}

TEST_CASE("a program starts with default signals and three descriptors") {
  ::signal(SIGUSR1, SIG_IGN);
  const Result result = run({"sh", "-c", "grep -E 'SigBlk|SigIgn' /proc/self/status; ls /proc/self/fd"});
  ::signal(SIGUSR1, SIG_DFL);
  CHECK(result.out == "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n0\n1\n2\n3\n");  // 3 is ls's own
}

TEST_CASE("a running program can be talked to, signalled and waited for") {
  Options options;
  options.keep_stdin = true;
  Running program({"sh", "-c", "read word; echo got $word; exec sleep 1000"}, options);
  program.write("hello\n");
  CHECK(program.read_until("got hello\n") == "got hello\n");
  program.signal(SIGTERM);
  CHECK(program.wait().signal == SIGTERM);
}

TEST_CASE("a running program sees the end of its stdin only when it is closed") {
  Options options;
  options.keep_stdin = true;
  Running program({"sh", "-c", "read first; echo $first; cat; echo end >&2"}, options);
  program.write("one\n");
  program.read_until("one\n");
  program.write("two\n");
  program.close_stdin();
  CHECK(program.read_err_until("end") == "end\n");
  CHECK(program.wait().out == "one\ntwo\n");
}

TEST_CASE("text that never comes is reported when the program has ended") {
  Running program({"echo", "something else"});
  CHECK_THROWS_AS(program.read_until("hello"), LimitPassed);
}

TEST_CASE("a terminal shows what a program prints and sends it what is typed") {
  Terminal terminal({"sh", "-c", "test -t 0 && test -t 1 && stty size && read word && echo got $word"}, {}, {40, 10});
  terminal.wait_for("10 40");
  terminal.type("hello\n");
  terminal.wait_for("got hello");
  CHECK(terminal.wait().success());
}

TEST_CASE("Ctrl-C typed into a terminal interrupts its program") {
  Terminal terminal({"sh", "-c", "echo ready; exec sleep 1000"});
  terminal.wait_for("ready");
  terminal.type(Terminal::kCtrlC);
  CHECK(terminal.wait().signal == SIGINT);
}

TEST_CASE("a resized terminal tells its program") {
  Terminal terminal({"bash", "-c", "trap 'stty size; exit' WINCH; echo ready; read word"});
  terminal.wait_for("ready");
  terminal.resize({100, 30});
  terminal.type("\n");
  terminal.wait_for("30 100");
}

TEST_CASE("a terminal that is closed hangs up on its program") {
  Terminal terminal({"sh", "-c", "echo ready; exec sleep 1000"});
  terminal.wait_for("ready");
  terminal.hang_up();
  CHECK(terminal.wait().signal == SIGHUP);
}

TEST_CASE("a census of a tidy program is empty") {
  Census census;
  run({"true"}, census.mark());
  CHECK(census.leftovers().empty());
}

TEST_CASE("a census sees a process left in a session of its own") {
  Census census;
  run({kHelper, "daemon"}, census.mark());
  const auto left = census.leftovers(Limit{100});
  REQUIRE(left.size() == 1);
  CHECK_THAT(left[0], Catch::Contains("left running") && Catch::Contains("helper daemon"));
}

TEST_CASE("a census kills what it found") {
  std::vector<pid_t> strays;
  {
    Census census;
    run({kHelper, "daemon"}, census.mark());
    REQUIRE_FALSE(census.leftovers(Limit{100}).empty());
    strays = census.processes();
  }
  REQUIRE(strays.size() == 1);
  CHECK(wait_until([&] { return !is_alive(strays[0]); }));
}

TEST_CASE("a census waits a moment for what is about to end") {
  Census census;
  run({"sh", "-c", "setsid sleep 0.2 >&- 2>&- & exit"}, census.mark());
  CHECK(census.leftovers().empty());
}

TEST_CASE("a census sees files left in TMPDIR") {
  Census census;
  run({"sh", "-c", "touch $TMPDIR/forgotten"}, census.mark());
  CHECK(census.leftovers(Limit{100}) == std::vector<std::string>{"left in TMPDIR: forgotten"});
}

TEST_CASE("a census sees a child that was not reaped and a descriptor left open") {
  Census census;
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  if (child == 0) _exit(0);
  const auto left = census.leftovers(Limit{100});
  waitpid(child, nullptr, 0);
  close(ends[0]);
  close(ends[1]);
  REQUIRE(left.size() == 2);
  CHECK_THAT(left[0], Catch::Contains("not reaped"));
  CHECK(left[1] == "descriptors left open: 2");
}
