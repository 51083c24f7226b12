#include "support/mpr_command.hpp"

using namespace mpr::test;

TEST_CASE("probe compares what all executors do, and how fast they are") {
  const Result result = run_mpr({"probe", job("square"), "--inputs", "1..20", "x"});
  INFO(result);
  CHECK(result.success());
  const auto said = lines(result.out);
  REQUIRE(said.size() == 4);
  CHECK_THAT(said[0], Catch::StartsWith("executor") && Catch::Contains("of 21 tasks"));
  CHECK_THAT(said[1], Catch::StartsWith("exec ") && Catch::Contains("1.00x"));
  // Built with AddressSanitizer, it is no program that could be loaded before it is forked.
  CHECK_THAT(said[2],
             Catch::StartsWith("fork-server ") && (Catch::EndsWith("the same") || Catch::Contains("AddressSanitizer")));
  CHECK_THAT(said[3], Catch::StartsWith("persistent ") && Catch::EndsWith("the same"));
}

TEST_CASE("probe tells of a task that does something else in a fork") {
  const Result result =
      run_mpr({"probe", "-j1", "cat", "/proc/self/cmdline", "--inputs", "/dev/null", "/dev/../dev/null"});
  INFO(result);
  CHECK(result.exit_status == 1);
  CHECK_THAT(result.out, Catch::Contains("DIFFERENT: task 1: stdout differs at byte"));
}

TEST_CASE("probe does not compare what is different each time") {
  const Result result = run_mpr({"probe", "-j1", "--shell", "echo $$ {}", "--inputs", "1..3"});
  INFO(result);
  CHECK(result.success());
  CHECK_THAT(result.out, Catch::Contains("3 tasks do not do the same twice, and could not be compared"));
}

TEST_CASE("probe says why an executor cannot run a command") {
  const std::string script = MPR_SOURCE_DIR "/scripts/test";
  const Result result = run_mpr({"probe", "-j1", script, "--help", "--inputs", "1..2"});
  INFO(result);
  CHECK(result.success());
  CHECK_THAT(result.out, Catch::Contains("it is a script of '/bin/sh'"));
  CHECK_THAT(result.out, Catch::Contains("is not made with MPR_JOB"));
}
