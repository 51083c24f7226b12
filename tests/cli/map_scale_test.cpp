// mpr map with many tasks: order, memory and how far ahead it reads.
#include <algorithm>
#include <sstream>

#include <catch2/catch.hpp>

#include "support/mpr_command.hpp"

using namespace mpr::test;

namespace {

/// How far into the file that is its standard input a process has read.
long position_of_stdin(pid_t pid) {
  std::istringstream text(read_file("/proc/" + std::to_string(pid) + "/fdinfo/0"));
  std::string word;
  long position = -1;
  text >> word >> position;
  return position;
}

void check_many_tasks(int tasks) {
  const TempDir dir;
  Options options;
  options.limit = std::chrono::seconds{10 + tasks / 400} * kSlowness;
  options.env = {{"N", std::to_string(tasks)}, {"PEAK", dir / "peak"}};
  const Result result = shell(
      R"(seq $N | "$HELPER" peak "$PEAK" "$MPR" map "$JOBS/square" | cksum
         echo ${PIPESTATUS[1]}; seq $N | awk '{ printf "%.0f\n", $1 * $1 }' | cksum)",
      options);
  INFO(result);
  const auto all = lines(result.out);
  REQUIRE(all.size() == 3);
  CHECK(all[1] == "0");
  CHECK(all[0] == all[2]);
  if (kSlowness == 1) CHECK(std::stol(read_file(dir / "peak")) < 50 * 1024);
}

}  // namespace

TEST_CASE("many tasks print their results in order, in little memory") {
  check_many_tasks(10'000);
}

TEST_CASE("a hundred thousand tasks print their results in order, in little memory", "[.long]") {
  check_many_tasks(100'000);
}

TEST_CASE("inputs are read only a little ahead of the tasks") {
  const TempDir dir;
  Options options;
  options.env = {{"DIR", dir.path()}};
  std::string many;
  for (int line = 0; line < 1'000'000; ++line) many += "0123456789\n";
  options.env.emplace_back("INPUTS", dir.write("inputs", many));
  Census census;
  Running running(
      {"sh", "-c",
       R"(exec "$MPR" map -j2 --max-failures 2 sh -c 'touch "$DIR/$MPR_TASK"; "$HELPER" await "$DIR/go"; exit 1' \
                                  --inputs @- < "$INPUTS")"},
      census.mark(with_names(options)));
  REQUIRE(wait_until([&] { return exists(dir / "1") && exists(dir / "2"); }));
  long before = -1;  // wait until it has stopped reading: the same place, two looks in a row
  REQUIRE(wait_until([&] { return std::exchange(before, position_of_stdin(running.pid())) == before; }));
  CHECK(position_of_stdin(running.pid()) < 1024 * 1024);
  touch(dir / "go");
  CHECK(running.wait().exit_status == 1);
}

TEST_CASE("results behind a slow first task are kept without reading all inputs") {
  const TempDir dir;
  Options options;
  options.env = {{"DIR", dir.path()}};
  const Result result = shell(
      R"(yes | head -20000 | "$MPR" map -j2 sh -c '[ $MPR_TASK != 1 ] || "$HELPER" await "$DIR/500"
                                                    [ $MPR_TASK != 500 ] || touch "$DIR/500"; echo $MPR_TASK' | head -600 | cksum
         seq 600 | cksum)",
      options);
  const auto sums = lines(result.out);
  INFO(result);
  REQUIRE(sums.size() == 2);
  CHECK(sums[0] == sums[1]);
}

TEST_CASE("more workers than tasks, and more workers than processors, are no trouble") {
  CHECK(run_mpr({"map", "-j16", "echo", "--inputs", "1..3"}).out == "1\n2\n3\n");
  CHECK(lines(run_mpr({"map", "-j64", "echo", "--inputs", "1..500"}).out).size() == 500);
}

TEST_CASE("one task takes little time to start and to end") {
  double least = 1000;  // other tests may be running on the same processors
  for (int time = 0; time < 5; ++time) least = std::min(least, run_mpr({"map", "true", "--inputs", "1"}).seconds);
  CHECK(least < 0.3 * kSlowness);
}
