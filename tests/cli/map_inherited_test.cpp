// What a task gets from mpr: what mpr itself was started with, and nothing that mpr changed for itself.
#include <signal.h>

#include <catch2/catch.hpp>

#include "support/mpr_command.hpp"

using namespace mpr::test;

namespace {

const Argv kShowSignals{"grep", "-E", "SigBlk|SigIgn", "--inputs", "/proc/self/status"};

Result run_in(const Argv& around, const Argv& words) {
  const Census census;
  Argv argv = around;
  argv.insert(argv.end(), {kMpr, "map"});
  argv.insert(argv.end(), words.begin(), words.end());
  return run(argv, census.mark(with_names({})));
}

std::string signal_bit(int number) {
  char text[17];
  snprintf(text, sizeof text, "%016lx", 1UL << static_cast<unsigned>(number - 1));
  return text;
}

const std::string kNone = "0000000000000000";

}  // namespace

TEST_CASE("a task starts with no signal blocked or ignored, SIGPIPE included") {
  CHECK(run_in({}, kShowSignals).out == "SigBlk:\t" + kNone + "\nSigIgn:\t" + kNone + "\n");
}

TEST_CASE("a task starts with the signals ignored that mpr was started with") {
  for (const int number : {SIGPIPE, SIGINT, SIGUSR1}) {
    CHECK(run_in({kHelper, "ignoring", std::to_string(number)}, kShowSignals).out ==
          "SigBlk:\t" + kNone + "\nSigIgn:\t" + signal_bit(number) + "\n");
  }
}

TEST_CASE("a task starts with the signals blocked that mpr was started with") {
  for (const int number : {SIGTERM, SIGCHLD, SIGUSR1}) {
    CHECK(run_in({kHelper, "blocking", std::to_string(number)}, kShowSignals).out ==
          "SigBlk:\t" + signal_bit(number) + "\nSigIgn:\t" + kNone + "\n");
  }
}

TEST_CASE("mpr works when it was started with SIGCHLD ignored") {
  const Result result = run_in({kHelper, "ignoring", std::to_string(SIGCHLD)}, {"echo", "--inputs", "1..3"});
  INFO(result);
  CHECK(result.success());
  CHECK(result.out == "1\n2\n3\n");
}

TEST_CASE("a run that was started to survive a hangup does so") {
  const int number = GENERATE(SIGHUP, SIGINT);  // as nohup does, and as a shell does for `mpr map ... &` in a script
  const TempDir dir;
  Census census;
  Running running({kHelper, "ignoring", std::to_string(number), kMpr, "map", "-j1", "sh", "-c",
                   R"(touch "$DIR/ready"; "$HELPER" await "$DIR/go"; echo $0)", "--inputs", "1..2"},
                  census.mark(with_names(env("DIR", dir.path()))));
  REQUIRE(wait_until([&] { return exists(dir / "ready"); }));
  running.signal(number);
  touch(dir / "go");
  const Result result = running.wait();
  INFO(result);
  CHECK(result.success());
  CHECK(result.out == "1\n2\n");
}

TEST_CASE("a task has the limit of open files that mpr was started with") {
  CHECK(shell("ulimit -Sn 100; $MPR map $HELPER open-files --inputs 1").out == "100\n");
}

TEST_CASE("a low limit of open files is enough for some workers") {
  const Result result = shell("ulimit -n 64; $MPR map -j8 echo --inputs 1..200 | tail -1; echo ${PIPESTATUS[0]}");
  INFO(result);
  CHECK(result.out == "200\n0\n");
}

TEST_CASE("more workers than open files allow are fewer, and one line says so and how to mend it") {
  const Result result = shell("ulimit -n 64; $MPR map -j100 echo --inputs 1..200 | tail -1; echo ${PIPESTATUS[0]}");
  INFO(result);
  CHECK(result.out == "200\n0\n");
  CHECK_THAT(result.err, Catch::StartsWith("mpr: warning: limit of open files 64: using ") &&
                             Catch::EndsWith(" of 100 workers; raise it with ulimit -n\n"));
  CHECK(lines(result.err).size() == 1);
}

TEST_CASE("a task gets no descriptors of mpr's") {
  const std::string own = "0\n1\n2\n3\n";  // 3 is ls's own
  CHECK(run_mpr({"map", "-j2", "ls", "--inputs", "/proc/self/fd", "/proc/self/fd"}).out == own + own);
}

TEST_CASE("a task gets the descriptors that were handed to mpr for it") {
  const TempDir dir;
  Options options;
  options.env = {{"FILE", dir / "log"}};
  shell(R"(exec 7>"$FILE"; $MPR map sh -c 'echo $0 >&7' --inputs x)", options);
  CHECK(read_file(dir / "log") == "x\n");
}

TEST_CASE("a task has mpr's directory and environment") {
  const TempDir dir;
  Options options = env("MPR_TEST_WORD", "hello");
  options.directory = dir.path();
  CHECK(run_mpr({"map", "sh", "-c", "pwd; echo $MPR_TEST_WORD", "--inputs", "1"}, options).out ==
        dir.path() + "\nhello\n");
}

TEST_CASE("a task has no terminal as its standard input, and its own process group") {
  const Result result =
      run_mpr({"map", "sh", "-c", "test -t 0 || echo none; ps -o pgid= -p $$ | tr -d ' '; echo $$", "--inputs", "1"});
  const auto all = lines(result.out);
  REQUIRE(all.size() == 3);
  CHECK(all[0] == "none");
  CHECK(all[1] == all[2]);
}

TEST_CASE("a task may be run by a mpr within mpr") {
  const Result result = run_mpr({"map", "sh", "-c", R"("$MPR" map echo $0 --inputs 1..3)", "--inputs", "a", "b"});
  INFO(result);
  CHECK(result.out == "a 1\na 2\na 3\nb 1\nb 2\nb 3\n");
}
