// What tasks print: whole, in order, however much it is and wherever it goes.
#include <signal.h>

#include <catch2/catch.hpp>

#include "support/mpr_command.hpp"

using namespace mpr::test;

namespace {

/// In KiB, of mpr, its workers and its tasks: whichever had most.
long peak_of(const std::string& file) {
  return std::stol(read_file(file));
}

Options slow() {
  Options options;
  options.limit = std::chrono::seconds{50};
  return options;
}

}  // namespace

TEST_CASE("a task may write to both streams in turn, and both arrive whole") {
  const std::string expected = run({kHelper, "write-out", "1048576"}).out;
  const Result result = run_mpr({"map", kHelper, "write-both", "1048576", "--inputs", "1", "2"});
  CHECK(result.success());
  CHECK(result.out == expected + expected);
  CHECK(result.err == expected + expected);
}

TEST_CASE("a large output behind a slow first task comes whole and in order, in little memory") {
  const TempDir dir;
  Options options = slow();
  options.env = {{"DIR", dir.path()}};
  const Result result = shell(
      R"X(task='if [ $0 = 1 ]; then "$HELPER" await "$DIR/done"; echo first
              else "$HELPER" write-out 200000000; touch "$DIR/done"; fi'
          "$HELPER" peak "$DIR/peak" "$MPR" map -j2 sh -c "$task" --inputs 1 2 | cksum
          { echo first; "$HELPER" write-out 200000000; } | cksum)X",
      options);
  INFO(result);
  const auto sums = lines(result.out);
  REQUIRE(sums.size() == 2);
  CHECK(sums[0] == sums[1]);
  CHECK_THAT(sums[0], Catch::EndsWith("200000006"));
  if (kSlowness == 1) CHECK(peak_of(dir / "peak") < 50 * 1024);
}

TEST_CASE("many outputs larger than a pipe behind a slow first task come in order") {
  const TempDir dir;
  const std::string each = run({kHelper, "write-out", "300000"}).out;
  const Result result = run_mpr({"map", "-j2", "sh", "-c",
                                 R"(if [ $0 = 1 ]; then "$HELPER" await "$DIR/20"; else "$HELPER" write-out 300000; fi
                                touch "$DIR/$0")",
                                 "--inputs", "1..20"},
                                env("DIR", dir.path()));
  CHECK(result.success());
  std::string expected;
  for (int task = 2; task <= 20; ++task) expected += each;
  CHECK((result.out == expected));
}

TEST_CASE("stderr of tasks is whole and in order, on stderr") {
  const Result result = run_mpr({"map", "-j4", "sh", "-c", "echo $0 >&2", "--inputs", "1..50"});
  std::string expected;
  for (int task = 1; task <= 50; ++task) expected += std::to_string(task) + "\n";
  CHECK(result.err == expected);
  CHECK(result.out.empty());
}

TEST_CASE("a reader that has enough ends the run at once, and quietly") {
  const Result result = shell("yes | $MPR map echo | head -3; echo ${PIPESTATUS[1]}");
  INFO(result);
  CHECK(result.out == "y\ny\ny\n" + std::to_string(128 + SIGPIPE) + "\n");
  CHECK(result.err.empty());
  CHECK(result.seconds < 2 * kSlowness);
}

TEST_CASE("a reader that has enough ends tasks that still run") {
  const Result result =
      shell(R"($MPR map -j2 --line-buffer sh -c '[ $0 = 1 ] && exec sleep 1000; yes' --inputs 1 2 | head -1)");
  INFO(result);
  CHECK(result.out == "y\n");
  CHECK(result.err.empty());
}

TEST_CASE("output that cannot be written is an error of mpr, not silence") {
  const Result result = shell("$MPR map echo --inputs 1..3 > /dev/full");
  INFO(result);
  CHECK(result.exit_status == 125);
  CHECK_THAT(result.err, Catch::StartsWith("mpr: error: ") && Catch::Contains("No space left on device"));
  CHECK(lines(result.err).size() <= 2);
}

TEST_CASE("a large output that cannot be written is an error of mpr too") {
  const Result result = shell("$MPR map $HELPER write-out 5000000 --inputs 1 2 > /dev/full");
  CHECK(result.exit_status == 125);
}

TEST_CASE("with standard input closed, tasks get an empty one and nothing is confused") {
  const Result result = shell("$MPR map sh -c 'cat; echo $0' --inputs 1 2 <&-");
  INFO(result);
  CHECK(result.success());
  CHECK(result.out == "1\n2\n");
}

TEST_CASE("with standard error closed, results are what they were") {
  const Result result = shell("$MPR map sh -c 'echo err >&2; echo $0' --inputs 1 2 2>&-");
  INFO(result);
  CHECK(result.success());
  CHECK(result.out == "1\n2\n");
}

TEST_CASE("with standard output closed, output that cannot be written is an error, and mpr does not hang") {
  const Result result = shell("$MPR map echo --inputs 1 2 >&-");
  INFO(result);
  CHECK(result.exit_status == 125);
  CHECK(result.err == "mpr: error: cannot write to standard output: Bad file descriptor\n");
}

TEST_CASE("output to a file that others write too is appended where that file stands") {
  const TempDir dir;
  Options options;
  options.env = {{"FILE", dir / "log"}};
  shell(R"({ echo before; $MPR map echo --inputs 1 2; echo after; } > "$FILE")", options);
  CHECK(read_file(dir / "log") == "before\n1\n2\nafter\n");
}

TEST_CASE("output waits for a slow reader and loses nothing") {
  const Result result =
      shell("$MPR map $HELPER write-out 1000000 --inputs 1..5 | { read first; sleep 0.3; cat; } | wc -c");
  CHECK(result.out == std::to_string(5'000'000 - 10) + "\n");
}
