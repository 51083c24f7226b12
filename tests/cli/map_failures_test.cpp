// What mpr map does, says and answers when tasks fail.
#include <chrono>

#include <catch2/catch.hpp>

#include "support/mpr_command.hpp"

using namespace mpr::test;

TEST_CASE("a failed task makes the status 1 and stops no other task") {
  const Result result = run_mpr({"map", "sh", "-c", "echo $0; exit $0", "--inputs", "0..3"});
  INFO(result);
  CHECK(result.exit_status == 1);
  CHECK(result.out == "0\n1\n2\n3\n");
}

TEST_CASE("a task's own exit status never becomes mpr's") {
  CHECK(run_mpr({"map", kHelper, "exit", "125", "--inputs", "x"}).exit_status == 1);
  CHECK(run_mpr({"map", kHelper, "signal", "15", "--inputs", "x"}).exit_status == 1);
}

TEST_CASE("after failures a digest tells which task, its command, how it ended and its last words") {
  const Result result =
      run_mpr({"map", "sh", "-c", "echo last words of $0 >&2; exit 3", "--inputs", "first input", "other"});
  INFO(result);
  CHECK(result.exit_status == 1);
  const std::string own = "last words of first input\nlast words of other\n";
  REQUIRE_THAT(result.err, Catch::StartsWith(own));
  const std::string digest = result.err.substr(own.size());
  CHECK_THAT(digest, Catch::StartsWith("mpr: ") && Catch::Contains("2") && Catch::Contains("failed"));
  CHECK_THAT(digest, Catch::Contains("exit status 3"));
  CHECK_THAT(digest, Catch::Contains("'first input'") && Catch::Contains("other"));
  CHECK_THAT(digest, Catch::Contains("last words of first input") && Catch::Contains("last words of other"));
}

TEST_CASE("the digest names the signal that ended a task") {
  const Result result = run_mpr({"map", kHelper, "signal", "--inputs", "11", "9"});
  INFO(result);
  CHECK_THAT(result.err, Catch::Contains("SIGSEGV") && Catch::Contains("SIGKILL"));
}

TEST_CASE("the digest of many failures is short") {
  const Result result = run_mpr({"map", "false", "--inputs", "1..500"});
  INFO(result);
  CHECK(result.exit_status == 1);
  CHECK_THAT(result.err, Catch::Contains("500"));
  CHECK(lines(result.err).size() < 60);
}

TEST_CASE("a success says nothing on stderr") {
  CHECK(run_mpr({"map", "true", "--inputs", "1..20"}).err.empty());
}

TEST_CASE("a failed task is tried again as often as asked") {
  const Result result = run_mpr(
      {"map", "--retries", "2", "sh", "-c", "[ $MPR_ATTEMPT = 3 ] && echo $0 $MPR_ATTEMPT", "--inputs", "a", "b"});
  INFO(result);
  CHECK(result.success());
  CHECK(result.out == "a 3\nb 3\n");
}

TEST_CASE("a task that fails every time is tried one time more than --retries says") {
  const TempDir dir;
  const Result result =
      run_mpr({"map", "--retries", "2", "sh", "-c", R"(echo $MPR_ATTEMPT >> "$FILE"; exit 1)", "--inputs", "a"},
              env("FILE", dir / "attempts"));
  CHECK(result.exit_status == 1);
  CHECK(read_file(dir / "attempts") == "1\n2\n3\n");
}

TEST_CASE("of a task that was tried again, only the last attempt's output is printed") {
  const Result result = run_mpr(
      {"map", "--retries", "1", "sh", "-c", "echo attempt $MPR_ATTEMPT; [ $MPR_ATTEMPT = 2 ]", "--inputs", "a"});
  INFO(result);
  CHECK(result.out == "attempt 2\n");
}

TEST_CASE("a retry waits for its delay, while others run") {
  const Result result = run_mpr({"map", "-j1", "--retries", "1", "--retry-delay", "400ms", "sh", "-c",
                                 "echo $0; [ $MPR_ATTEMPT = 2 ] || [ $0 = b ]", "--inputs", "a", "b"});
  INFO(result);
  CHECK(result.success());
  CHECK(result.out == "a\nb\n");
  CHECK(result.seconds >= 0.4);
}

TEST_CASE("fail-fast starts nothing more after the first failure") {
  const TempDir dir;
  const Result result =
      run_mpr({"map", "-j1", "--fail-fast", "sh", "-c", R"(touch "$DIR/$0"; [ $0 != 3 ])", "--inputs", "1..1000"},
              env("DIR", dir.path()));
  INFO(result);
  CHECK(result.exit_status == 1);
  CHECK(exists(dir / "3"));
  CHECK(dir.names().size() < 20);  // one or two may have been on their way
}

TEST_CASE("fail-fast ends tasks that still run") {
  const TempDir dir;
  const Result result =
      run_mpr({"map", "-j2", "--fail-fast", "sh", "-c",
               R"(if [ $0 = 1 ]; then touch "$READY"; exec sleep 1000; fi; "$HELPER" await "$READY"; exit 1)",
               "--inputs", "1", "2"},
              env("READY", dir / "ready"));
  INFO(result);
  CHECK(result.exit_status == 1);
  CHECK(result.seconds < 10 * kSlowness);
}

TEST_CASE("max-failures gives up after that many failures") {
  const TempDir dir;
  const Result result =
      run_mpr({"map", "-j1", "--max-failures", "3", "sh", "-c", R"(touch "$DIR/$0"; exit 1)", "--inputs", "1..1000"},
              env("DIR", dir.path()));
  INFO(result);
  CHECK(result.exit_status == 1);
  CHECK(dir.names().size() >= 3);
  CHECK(dir.names().size() < 20);
  const Result enough =
      run_mpr({"map", "--max-failures", "3", "sh", "-c", "echo $0; [ $0 -gt 2 ]", "--inputs", "1..5"});
  CHECK(enough.out == "1\n2\n3\n4\n5\n");
}

TEST_CASE("a program that is not there is an error of use") {
  check_usage_error(run_mpr({"map", "no-such-program", "--inputs", "1"}), "'no-such-program'");
  check_usage_error(run_mpr({"map", "./no-such-program", "--inputs", "1"}), "'./no-such-program'");
}

TEST_CASE("a program that is not executable is an error of use") {
  const TempDir dir;
  const std::string file = dir.write("script", "#!/bin/sh\n");
  check_usage_error(run_mpr({"map", file, "--inputs", "1"}), "'" + file + "'");
  check_usage_error(run_mpr({"map", dir.path(), "--inputs", "1"}), "'" + dir.path() + "'");
}

TEST_CASE("a program that cannot be started within a run fails its task only") {
  const Result result = run_mpr({"map", "-j1", "{}", "--inputs", "true", "no-such-program", "pwd"});
  INFO(result);
  CHECK(result.exit_status == 1);
  CHECK(lines(result.out).size() == 1);  // pwd's
  CHECK_THAT(result.err, Catch::Contains("no-such-program") && Catch::Contains("No such file or directory"));
}

TEST_CASE("a script whose interpreter is missing fails its task") {
  const TempDir dir;
  const std::string script = dir.write("script", "#!/no/such/interpreter\n");
  REQUIRE(run({"chmod", "+x", script}).success());
  const Result result = run_mpr({"map", script, "--inputs", "1"});
  INFO(result);
  CHECK(result.exit_status == 1);
  CHECK_THAT(result.err, Catch::Contains("No such file or directory"));
}

TEST_CASE("quiet leaves the tasks' own output and drops the digest") {
  const Result result = run_mpr({"map", "--quiet", "sh", "-c", "echo out; echo err >&2; exit 1", "--inputs", "1"});
  INFO(result);
  CHECK(result.exit_status == 1);
  CHECK(result.out == "out\n");
  CHECK(result.err == "err\n");
}
