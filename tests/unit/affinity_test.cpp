#include "mpr/affinity.hpp"

#include <algorithm>
#include <vector>

#include <catch2/catch.hpp>

#include "fake_machine.hpp"
#include "os/cpu_topology.hpp"

using namespace mpr;

namespace {

using Plan = std::vector<std::vector<unsigned>>;

/// 2 cores of 2 hardware threads, siblings side by side.
os::CpuTopology two_cores_of_two(const os::CpuSet& allowed = {0, 1, 2, 3}) {
  return os::CpuTopology::read(os::FakeSystemFiles(test::machine_files({{"0-1"}, {"2-3"}})), allowed);
}

}  // namespace

TEST_CASE("affinity thread gives each worker one hardware thread, cores before siblings") {
  CHECK(plan_affinity(Affinity::thread, 2, two_cores_of_two(), 4) == Plan{{0}, {2}});
  CHECK(plan_affinity(Affinity::thread, 4, two_cores_of_two(), 4) == Plan{{0}, {2}, {1}, {3}});
}

TEST_CASE("affinity thread begins anew with more workers than CPUs") {
  CHECK(plan_affinity(Affinity::thread, 6, two_cores_of_two(), 4) == Plan{{0}, {2}, {1}, {3}, {0}, {2}});
}

TEST_CASE("affinity core gives each worker all allowed threads of one core") {
  CHECK(plan_affinity(Affinity::core, 2, two_cores_of_two(), 4) == Plan{{0, 1}, {2, 3}});
  CHECK(plan_affinity(Affinity::core, 2, two_cores_of_two({0, 1, 3}), 3) == Plan{{0, 1}, {3}});
}

TEST_CASE("affinity core begins anew with more workers than cores") {
  CHECK(plan_affinity(Affinity::core, 3, two_cores_of_two(), 4) == Plan{{0, 1}, {2, 3}, {0, 1}});
}

TEST_CASE("affinity none pins no worker") {
  CHECK(plan_affinity(Affinity::none, 3, two_cores_of_two(), 4) == Plan{{}, {}, {}});
}

TEST_CASE("automatic affinity pins workers that fill the allowed CPUs exactly") {
  CHECK(plan_affinity(Affinity::automatic, 4, two_cores_of_two(), 4) == Plan{{0}, {2}, {1}, {3}});
  CHECK(plan_affinity(Affinity::automatic, 2, two_cores_of_two({1, 2}), 2) == Plan{{1}, {2}});
}

TEST_CASE("automatic affinity leaves fewer or more workers, and a quota, to the kernel") {
  CHECK(plan_affinity(Affinity::automatic, 2, two_cores_of_two(), 4) == Plan{{}, {}});
  CHECK(plan_affinity(Affinity::automatic, 5, two_cores_of_two(), 4) == Plan(5));
  CHECK(plan_affinity(Affinity::automatic, 2, two_cores_of_two(), 2) == Plan{{}, {}});
}

TEST_CASE("the parent has the cores that no worker is pinned to, if there are any") {
  CHECK(spare_cpus(Plan{{0}}, two_cores_of_two()) == std::vector<unsigned>{2, 3});
  CHECK(spare_cpus(Plan{{2, 3}}, two_cores_of_two()) == std::vector<unsigned>{0, 1});
  CHECK(spare_cpus(Plan{{0}, {2}}, two_cores_of_two()).empty());
  CHECK(spare_cpus(Plan{{}, {}}, two_cores_of_two()).empty());
}

TEST_CASE("a plan for no workers is empty, and one for no CPUs pins nobody") {
  CHECK(plan_affinity(Affinity::thread, 0, two_cores_of_two(), 4).empty());
  CHECK(plan_affinity(Affinity::thread, 2, os::CpuTopology{}, 1) == Plan{{}, {}});
}

TEST_CASE("this machine's pinning order has all allowed CPUs, of which the count is at most all") {
  auto order = pinning_order();
  CHECK(cpu_count() >= 1);
  CHECK(cpu_count() <= order.size());
  std::sort(order.begin(), order.end());
  CHECK(order == os::allowed_cpus());
}
