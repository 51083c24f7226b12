#include "os/cpu_topology.hpp"

#include <algorithm>
#include <array>
#include <system_error>
#include <vector>

#include <catch2/catch.hpp>

#include "fake_machine.hpp"
#include "os/cpu_set.hpp"
#include "os/fork.hpp"

using namespace mpr::os;
using namespace mpr::test;

namespace {

using Files = std::map<std::string, std::string>;
const CpuSet kEight{0, 1, 2, 3, 4, 5, 6, 7};

CpuTopology topology_of(const Files& files, const CpuSet& allowed = kEight) {
  return CpuTopology::read(FakeSystemFiles(files), allowed);
}

std::vector<unsigned> order_of(const Files& files, const CpuSet& allowed = kEight) {
  return topology_of(files, allowed).pinning_order();
}

const Cpu& cpu_numbered(const CpuTopology& topology, unsigned number) {
  const auto found =
      std::find_if(topology.cpus.begin(), topology.cpus.end(), [&](const Cpu& cpu) { return cpu.number == number; });
  REQUIRE(found != topology.cpus.end());
  return *found;
}

constexpr int kPinned = 0;
constexpr int kNotPinned = 1;
constexpr int kRefused = 2;

/// Pins a forked child, never this process; what the child found is its exit status.
int pin_in_child(const std::vector<unsigned>& cpus, const CpuSet& expected) {
  auto child = fork_child([&] {
    try {
      pin_this_thread(cpus);
      return allowed_cpus() == expected ? kPinned : kNotPinned;
    } catch (const std::system_error&) {
      return kRefused;
    }
  });
  const ProcessEnd end = child.wait();
  REQUIRE(end.status.signal() == 0);
  return end.status.code();
}

}  // namespace

TEST_CASE("a CPU list is read as the kernel writes it") {
  CHECK(parse_cpu_list("0-3,8,10-11\n") == CpuSet{0, 1, 2, 3, 8, 10, 11});
  CHECK(parse_cpu_list("5") == CpuSet{5});
  CHECK(parse_cpu_list("3,1,2-3") == CpuSet{1, 2, 3});
  CHECK(parse_cpu_list("0-9:2/4") == CpuSet{0, 1, 4, 5, 8, 9});
  CHECK(parse_cpu_list("\n") == CpuSet{});
}

TEST_CASE("text that is not a CPU list gives nothing") {
  const char* text = GENERATE("x", "1-", "-1", "3-1", "1-2-3", "1,,2", "0-7:0/4", "0-7:5/4", "0-7:2", "0-4294967295",
                              "65536", "99999999999");
  CAPTURE(text);
  CHECK_FALSE(parse_cpu_list(text).has_value());
}

TEST_CASE("a CPU set is written with runs joined") {
  CHECK(cpu_list_text({0, 1, 2, 3, 8, 10, 11}) == "0-3,8,10-11");
  CHECK(cpu_list_text({7}) == "7");
  CHECK(cpu_list_text({}).empty());
}

TEST_CASE("each physical core comes once before any sibling, with siblings numbered after all cores") {
  CHECK(order_of(four_cores_of_two()) == std::vector<unsigned>{0, 1, 2, 3, 4, 5, 6, 7});
}

TEST_CASE("each physical core comes once before any sibling, with siblings numbered side by side") {
  CHECK(order_of(machine_files({{"0-1"}, {"2-3"}, {"4-5"}, {"6-7"}})) == std::vector<unsigned>{0, 2, 4, 6, 1, 3, 5, 7});
}

TEST_CASE("NUMA nodes take turns") {
  const auto files = machine_files({{"0,4", 0, 0}, {"1,5", 0, 0}, {"2,6", 1, 1}, {"3,7", 1, 1}});
  CHECK(order_of(files) == std::vector<unsigned>{0, 2, 1, 3, 4, 6, 5, 7});
}

TEST_CASE("packages take turns before the nodes within them") {
  const auto files = machine_files({{"0", 0, 0}, {"1", 1, 0}, {"2", 2, 1}, {"3", 3, 1}});
  CHECK(order_of(files) == std::vector<unsigned>{0, 2, 1, 3});
}

TEST_CASE("nodes with different numbers of cores take turns until the smaller one has run out") {
  const auto files = machine_files({{"0", 0}, {"1", 0}, {"2", 0}, {"3", 1}});
  CHECK(order_of(files) == std::vector<unsigned>{0, 3, 1, 2});
}

TEST_CASE("a topology says core, sibling, node and package of each CPU") {
  const auto topology = topology_of(machine_files({{"0,2", 0, 0}, {"1,3", 1, 1}}));
  CHECK(topology.online == 4);
  CHECK(cpu_numbered(topology, 0) == Cpu{.number = 0, .core = 0, .sibling = 0, .node = 0, .package = 0});
  CHECK(cpu_numbered(topology, 3) == Cpu{.number = 3, .core = 1, .sibling = 1, .node = 1, .package = 1});
}

TEST_CASE("CPUs outside the affinity mask are left out") {
  const auto topology = topology_of(four_cores_of_two(), {1, 4, 5, 6});
  CHECK(topology.pinning_order() == std::vector<unsigned>{4, 1, 6, 5});
  CHECK(topology.online == 8);
}

TEST_CASE("a CPU whose first sibling is not allowed goes first for its core") {
  const auto topology = topology_of(four_cores_of_two(), {4});
  CHECK(cpu_numbered(topology, 4) == Cpu{.number = 4, .core = 0, .sibling = 0, .node = 0, .package = 0});
}

TEST_CASE("offline CPUs are left out, and their siblings stay") {
  const auto topology = topology_of(machine_files({{"0,4"}, {"1"}, {"6"}, {"3,7"}}));  // 2 and 5 are offline
  CHECK(topology.pinning_order() == std::vector<unsigned>{0, 1, 3, 6, 4, 7});
  CHECK(topology.online == 6);
}

TEST_CASE("cores are the allowed CPUs that share one, in pinning order") {
  const auto files = machine_files({{"0-1", 0}, {"2-3", 0}, {"4-5", 1}, {"6-7", 1}});
  CHECK(topology_of(files).cores() == std::vector<CpuSet>{{0, 1}, {4, 5}, {2, 3}, {6, 7}});
  CHECK(topology_of(files, {1, 2, 3}).cores() == std::vector<CpuSet>{{1}, {2, 3}});
}

TEST_CASE("kernels before 5.3 name siblings thread_siblings_list") {
  Files files;
  for (const auto& [path, text] : machine_files({{"0-1"}, {"2-3"}})) {
    const auto name = path.find("core_cpus_list");
    files[name == std::string::npos ? path : path.substr(0, name) + "thread_siblings_list"] = text;
  }
  CHECK(order_of(files) == std::vector<unsigned>{0, 2, 1, 3});
}

TEST_CASE("without /sys every allowed CPU is a core") {
  const auto topology = topology_of({}, {2, 3, 9});
  CHECK(topology.pinning_order() == std::vector<unsigned>{2, 3, 9});
  CHECK(topology.cores() == std::vector<CpuSet>{{2}, {3}, {9}});
  CHECK(topology.online == 3);
}

TEST_CASE("an /sys that shows none of the allowed CPUs does not leave the process without any") {
  CHECK(order_of(four_cores_of_two(), {40, 41}) == std::vector<unsigned>{40, 41});
}

TEST_CASE("topology files that make no sense are taken as missing") {
  auto files = machine_files({{"0-1"}, {"2-3"}});
  files["/sys/devices/system/cpu/cpu2/topology/core_cpus_list"] = "0-1\n";  // somebody else's core
  files["/sys/devices/system/cpu/cpu3/topology/core_cpus_list"] = "junk\n";
  files["/sys/devices/system/cpu/cpu3/topology/physical_package_id"] = "-1\n";
  const auto topology = topology_of(files);
  CHECK(topology.pinning_order() == std::vector<unsigned>{0, 2, 3, 1});
  CHECK(cpu_numbered(topology, 3).package == 0);
}

TEST_CASE("this machine's topology names every allowed CPU once") {
  const CpuSet allowed = allowed_cpus();
  REQUIRE_FALSE(allowed.empty());
  CHECK(std::is_sorted(allowed.begin(), allowed.end()));
  const auto topology = CpuTopology::read(RealSystemFiles{}, allowed);
  auto order = topology.pinning_order();
  std::sort(order.begin(), order.end());
  CHECK(order == allowed);
  CHECK(topology.online >= allowed.size());
  CHECK(topology.cpus.front().sibling == 0);
}

TEST_CASE("a thread pinned to a CPU is allowed that one alone") {
  const unsigned first = allowed_cpus().front();
  CHECK(pin_in_child({first}, {first}) == kPinned);
  CHECK(pin_in_child(allowed_cpus(), allowed_cpus()) == kPinned);
}

TEST_CASE("pinning fails rather than leave out a CPU, or all of them") {
  const unsigned absent = kMaxCpus - 1;
  const unsigned first = allowed_cpus().front();
  CHECK(pin_in_child({first, absent}, {first}) == kRefused);
  CHECK(pin_in_child({absent}, {}) == kRefused);
  CHECK(pin_in_child({kMaxCpus}, {}) == kRefused);
  CHECK(pin_in_child({}, {}) == kRefused);
}
