// mpr cpus, and where tasks run.
#include <sched.h>

#include <set>
#include <sstream>

#include <catch2/catch.hpp>

#include "support/mpr_command.hpp"

using namespace mpr::test;

namespace {

int usable_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  sched_getaffinity(0, sizeof set, &set);
  return CPU_COUNT(&set);
}

/// The CPUs that each of some tasks may run on, as the kernel writes them.
std::vector<std::string> cpus_of_tasks(const Argv& options) {
  Argv words{"map"};
  words.insert(words.end(), options.begin(), options.end());
  words.insert(words.end(), {"grep", "Cpus_allowed_list", ":::"});
  for (int task = 0; task < 20; ++task) words.emplace_back("/proc/self/status");
  return lines(run_mpr(words).out);
}

}  // namespace

TEST_CASE("cpus tells the budget, and why") {
  const Result result = run_mpr({"cpus"});
  INFO(result);
  CHECK(result.success());
  CHECK(result.err.empty());
  CHECK_THAT(lines(result.out).at(0), Catch::EndsWith("workers") || Catch::EndsWith("1 worker"));
  CHECK_THAT(result.out, Catch::Contains("allowed") && Catch::Contains("quota") && Catch::Contains("pinned"));
}

TEST_CASE("the budget is no more than the processors that mpr may use") {
  const Result result = shell("taskset -c 0 $MPR map sh -c 'echo $MPR_SLOT' ::: $(seq 50) | sort -u");
  INFO(result);
  CHECK(result.out == "1\n");
}

TEST_CASE("half of the processors is asked for in percent") {
  if (usable_cpus() != 2) return;
  CHECK(shell("$MPR map -j50% sh -c 'echo $MPR_SLOT' ::: $(seq 50) | sort -u").out == "1\n");
}

TEST_CASE("without affinity tasks may run wherever mpr may") {
  const auto all = cpus_of_tasks({"-j2", "--affinity", "none"});
  const std::string own = run({"grep", "Cpus_allowed_list", "/proc/self/status"}).out;
  REQUIRE(all.size() == 20);
  for (const std::string& each : all) CHECK(each + "\n" == own);
}

TEST_CASE("with affinity each worker has its own processor, while there are enough") {
  if (usable_cpus() < 2) return;
  for (const char* affinity : {"core", "thread"}) {
    const auto all = cpus_of_tasks({"-j2", "--affinity", affinity});
    REQUIRE(all.size() == 20);
    const std::set<std::string> different(all.begin(), all.end());
    CHECK(different.size() <= 2);
    if (std::string(affinity) == "thread") {
      for (const std::string& each : different) CHECK_FALSE((contains(each, ",") || contains(each, "-")));
    }
  }
}

/// Of a list as the kernel writes it: "0-3,8".
static std::set<int> cpus_in(const std::string& list) {
  std::set<int> cpus;
  std::istringstream ranges(list);
  for (std::string range; std::getline(ranges, range, ',');) {
    const size_t dash = range.find('-');
    const int last = std::stoi(dash == std::string::npos ? range : range.substr(dash + 1));
    for (int cpu = std::stoi(range); cpu <= last; ++cpu) cpus.insert(cpu);
  }
  return cpus;
}

TEST_CASE("where there are cores to spare, mpr itself keeps off that of a pinned worker") {
  const Result cores = shell("$MPR cpus | awk 'NR > 7 {print $3}' | sort -u | wc -l");
  if (std::stoi(cores.out) < 2) return;
  const Result result = shell(R"($MPR map -j1 --affinity thread --shell '
    mpr=$(awk "/^PPid/{print \$2}" /proc/$PPID/status)
    awk "/Cpus_allowed_list/{print \$2}" /proc/$mpr/status /proc/self/status; : {}' --inputs 1)");
  INFO(result);
  const auto allowed = lines(result.out);
  REQUIRE(allowed.size() == 2);
  const auto of_worker = cpus_in(allowed[1]);
  CHECK(of_worker.size() == 1);
  for (const int cpu : cpus_in(allowed[0])) CHECK(of_worker.count(cpu) == 0);
}
