#include "os/cpu_topology.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "kernel_text.hpp"

namespace mpr::os {
namespace {

constexpr const char* kCpuFolder = "/sys/devices/system/cpu/";
constexpr const char* kNodeFolder = "/sys/devices/system/node/";

/// Nothing when the file is missing, or is no list.
std::optional<CpuSet> read_list(const SystemFiles& files, const std::string& path) {
  const auto text = files.read(path);
  if (!text) return std::nullopt;
  return parse_cpu_list(*text);
}

std::map<unsigned, unsigned> nodes_of_cpus(const SystemFiles& files) {
  std::map<unsigned, unsigned> node_of;
  const std::string folder = kNodeFolder;
  for (const unsigned node : read_list(files, folder + "online").value_or(CpuSet{})) {
    const auto cpus = read_list(files, folder + "node" + std::to_string(node) + "/cpulist").value_or(CpuSet{});
    for (const unsigned cpu : cpus) node_of[cpu] = node;
  }
  return node_of;
}

unsigned core_of(const SystemFiles& files, const std::string& folder, unsigned cpu) {
  // core_cpus_list is the name since Linux 5.3, thread_siblings_list the one before.
  for (const char* name : {"core_cpus_list", "thread_siblings_list"}) {
    const auto threads = read_list(files, folder + name);
    if (threads && std::binary_search(threads->begin(), threads->end(), cpu)) return threads->front();
  }
  return cpu;
}

unsigned package_of(const SystemFiles& files, const std::string& folder) {
  const auto text = files.read(folder + "physical_package_id");
  if (!text) return 0;
  return parse_number<unsigned>(trimmed(*text)).value_or(0);  // -1 where the firmware does not say
}

/// What decides a core's place: cores and nodes are dealt out in turn, as cards are.
struct Turn {
  unsigned core_in_node = 0;     ///< how many cores of the same node come before
  unsigned node_in_package = 0;  ///< how many nodes of the same package come before
  unsigned package = 0;
  unsigned core = 0;
  auto operator<=>(const Turn&) const = default;
};

std::map<unsigned, Turn> turns_of_cores(const std::vector<Cpu>& cpus) {
  using Node = std::pair<unsigned, unsigned>;  // package, node: a node without its package is no place of its own
  std::map<Node, std::set<unsigned>> cores_of;
  for (const Cpu& cpu : cpus) cores_of[{cpu.package, cpu.node}].insert(cpu.core);

  std::map<unsigned, Turn> turns;
  std::map<unsigned, unsigned> nodes_seen;
  for (const auto& [place, cores] : cores_of) {
    Turn turn{.node_in_package = nodes_seen[place.first]++, .package = place.first};
    for (const unsigned core : cores) {
      turn.core = core;
      turns.emplace(core, turn);
      ++turn.core_in_node;
    }
  }
  return turns;
}

void sort_into_pinning_order(std::vector<Cpu>& cpus) {
  const auto turns = turns_of_cores(cpus);
  const auto place = [&](const Cpu& cpu) { return std::tuple(cpu.sibling, turns.at(cpu.core), cpu.number); };
  std::sort(cpus.begin(), cpus.end(), [&](const Cpu& a, const Cpu& b) { return place(a) < place(b); });
}

}  // namespace

CpuTopology CpuTopology::read(const SystemFiles& files, const CpuSet& allowed) {
  const CpuSet online = read_list(files, std::string(kCpuFolder) + "online").value_or(CpuSet{});
  CpuSet usable;
  std::set_intersection(allowed.begin(), allowed.end(), online.begin(), online.end(), std::back_inserter(usable));
  // The mask is what binds: a container may show an /sys of its own that numbers CPUs otherwise, or none.
  if (usable.empty()) usable = allowed;

  CpuTopology topology;
  topology.online = static_cast<unsigned>(std::max(online.size(), usable.size()));
  const auto node_of = nodes_of_cpus(files);
  std::map<unsigned, unsigned> threads_seen;
  for (const unsigned number : usable) {
    const std::string folder = kCpuFolder + ("cpu" + std::to_string(number)) + "/topology/";
    Cpu cpu{.number = number, .core = core_of(files, folder, number), .package = package_of(files, folder)};
    cpu.sibling = threads_seen[cpu.core]++;
    if (const auto node = node_of.find(number); node != node_of.end()) cpu.node = node->second;
    topology.cpus.push_back(cpu);
  }
  sort_into_pinning_order(topology.cpus);
  return topology;
}

std::vector<unsigned> CpuTopology::pinning_order() const {
  std::vector<unsigned> order;
  order.reserve(cpus.size());
  for (const Cpu& cpu : cpus) order.push_back(cpu.number);
  return order;
}

std::vector<CpuSet> CpuTopology::cores() const {
  std::vector<CpuSet> cores;
  std::map<unsigned, size_t> place_of;
  for (const Cpu& cpu : cpus) {
    const auto [place, is_new] = place_of.emplace(cpu.core, cores.size());
    if (is_new) cores.emplace_back();
    cores[place->second].push_back(cpu.number);
  }
  return cores;  // within a core, siblings are ranked by number, so each set is ascending
}

}  // namespace mpr::os
