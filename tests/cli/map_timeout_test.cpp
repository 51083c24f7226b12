// mpr map --timeout and --kill-after.
#include <catch2/catch.hpp>

#include "support/mpr_command.hpp"

using namespace mpr::test;

TEST_CASE("a task that takes too long is ended and fails") {
  const Result result = run_mpr({"map", "--timeout", "200ms", "sleep", "--inputs", "1000", "0"});
  INFO(result);
  CHECK(result.exit_status == 1);
  CHECK(result.seconds >= 0.2);
  CHECK(result.seconds < 2 * kSlowness);
  CHECK_THAT(result.err, Catch::Contains("timed out"));
}

TEST_CASE("a task that ends in time is not troubled by its timeout") {
  CHECK(run_mpr({"map", "--timeout", "50s", "echo", "--inputs", "1"}).out == "1\n");
}

TEST_CASE("what a task printed before its timeout is kept") {
  const Result result =
      run_mpr({"map", "--timeout", "500ms", "sh", "-c", "echo so far; exec sleep 1000", "--inputs", "1"});
  CHECK(result.out == "so far\n");
}

TEST_CASE("a timed-out task is asked first, and may clean up") {
  const TempDir dir;
  const Result result = run_mpr({"map", "--timeout", "500ms", "--kill-after", "20s", "sh", "-c",
                                 R"(trap 'touch "$CLEAN"; exit' TERM; while :; do sleep 0.01; done)", "--inputs", "1"},
                                env("CLEAN", dir / "clean"));
  INFO(result);
  CHECK(result.exit_status == 1);
  CHECK(exists(dir / "clean"));
}

TEST_CASE("a timed-out task that ignores SIGTERM is killed after --kill-after") {
  const TempDir dir;
  const Result result = run_mpr({"map", "--timeout", "500ms", "--kill-after", "200ms", kHelper, "ignore-term",
                                 dir / "ready", dir / "got", "--inputs", "1"});
  INFO(result);
  CHECK(result.exit_status == 1);
  CHECK(exists(dir / "got"));
  CHECK(result.seconds >= 0.7);
  CHECK(result.seconds < 3 * kSlowness);
  CHECK_THAT(result.err, Catch::Contains("timed out") && Catch::Contains("SIGTERM"));
}

TEST_CASE("a timeout holds for each attempt") {
  const Result result = run_mpr({"map", "--timeout", "300ms", "--retries", "1", "sh", "-c",
                                 "[ $MPR_ATTEMPT = 2 ] || exec sleep 1000", "--inputs", "1"});
  INFO(result);
  CHECK(result.success());
}

TEST_CASE("a stopped task is ended by its timeout too") {
  const Result result =
      run_mpr({"map", "--timeout", "300ms", "--kill-after", "200ms", "sh", "-c", "kill -STOP $$", "--inputs", "1"});
  INFO(result);
  CHECK(result.exit_status == 1);
}
