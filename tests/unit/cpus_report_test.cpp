#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "cli/cpus.hpp"
#include "fake_machine.hpp"

using namespace mpr;

namespace {

os::CpuTopology machine(const os::CpuSet& allowed) {
  const auto files = test::machine_files({{"0-1", 0, 0}, {"2-3", 1, 1}});
  return os::CpuTopology::read(os::FakeSystemFiles(files), allowed);
}

os::CpuBudget without_quota(unsigned allowed) {
  os::CpuBudget budget;
  budget.workers = allowed;
  budget.allowed = allowed;
  return budget;
}

os::CpuBudget with_quota(unsigned workers, unsigned allowed, double quota) {
  return {.workers = workers, .allowed = allowed, .quota = quota, .quota_file = "/sys/fs/cgroup/a/cpu.max"};
}

/// The line that begins with the word, without its end.
std::string line_of(const std::string& report, const std::string& word) {
  std::istringstream lines(report);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind(word, 0) == 0) return line;
  }
  return {};
}

}  // namespace

TEST_CASE("the report says how many workers, why, and in which order they are pinned") {
  CHECK(app::cpus_report(machine({0, 1, 2}), without_quota(3)) ==
        "3 workers\n"
        "allowed  3 of 4 online CPUs\n"
        "quota    none\n"
        "pinned   yes: the workers fill the allowed CPUs\n"
        "order    one thread of each core first, then siblings; NUMA nodes take turns\n"
        "\n"
        "place    cpu   core  sibling   node  package\n"
        "    1      0      0        0      0        0\n"
        "    2      2      2        0      1        1\n"
        "    3      1      0        1      0        0\n");
}

TEST_CASE("the report names the quota, its file and its effect") {
  const auto quota = [](const os::CpuBudget& budget) {
    return line_of(app::cpus_report(machine({0, 1, 2, 3}), budget), "quota");
  };
  CHECK(quota(with_quota(2, 4, 1.5)) == "quota    1.5 CPUs, rounded up to 2: /sys/fs/cgroup/a/cpu.max");
  CHECK(quota(with_quota(1, 4, 1.0)) == "quota    1 CPU: /sys/fs/cgroup/a/cpu.max");
  CHECK(quota(with_quota(2, 4, 2.0)) == "quota    2 CPUs: /sys/fs/cgroup/a/cpu.max");
  CHECK(quota(with_quota(4, 4, 20)) == "quota    20 CPUs, no less than is allowed: /sys/fs/cgroup/a/cpu.max");
  CHECK(quota(with_quota(4, 4, 1e300)).find("quota    1000000000 CPUs") == 0);
}

TEST_CASE("the report says that a quota keeps workers from being pinned") {
  const auto report = app::cpus_report(machine({0, 1, 2, 3}), with_quota(2, 4, 1.5));
  CHECK(line_of(report, "pinned") == "pinned   no: the quota leaves fewer workers than allowed CPUs");
}

TEST_CASE("one worker is not in the plural") {
  const auto report = app::cpus_report(machine({1}), without_quota(1));
  CHECK(report.rfind("1 worker\n", 0) == 0);
  CHECK(line_of(report, "allowed") == "allowed  1 of 4 online CPUs");
}

TEST_CASE("the report fits 80 columns on a large machine") {
  std::vector<test::FakeCore> cores;
  os::CpuSet all;
  for (unsigned cpu = 0; cpu < 5000; ++cpu) {
    cores.push_back({std::to_string(cpu), cpu % 16, cpu % 4});
    all.push_back(cpu);
  }
  const auto topology = os::CpuTopology::read(os::FakeSystemFiles(test::machine_files(cores)), all);
  std::istringstream lines(app::cpus_report(topology, without_quota(5000)));
  size_t longest = 0;
  for (std::string line; std::getline(lines, line);) longest = std::max(longest, line.size());
  CHECK(longest > 40);
  CHECK(longest <= 80);
}
