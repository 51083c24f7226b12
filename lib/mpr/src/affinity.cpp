#include "mpr/affinity.hpp"

#include <algorithm>
#include <set>

#include "os/cpu_budget.hpp"
#include "os/cpu_topology.hpp"

namespace mpr {
namespace {

/// What worker 0, 1, 2, ... is pinned to, before the order begins anew; empty: nothing.
std::vector<std::vector<unsigned>> places(Affinity affinity, unsigned workers, const os::CpuTopology& topology,
                                          unsigned budget) {
  std::vector<std::vector<unsigned>> places;
  switch (affinity) {
    case Affinity::automatic:
      if (workers != budget || budget != topology.cpus.size()) break;
      [[fallthrough]];
    case Affinity::thread:
      for (const unsigned cpu : topology.pinning_order()) places.push_back({cpu});
      break;
    case Affinity::core:
      places = topology.cores();
      break;
    case Affinity::none:
      break;
  }
  return places;
}

}  // namespace

unsigned cpu_count() {
  return os::cpu_budget(os::RealSystemFiles{}, os::allowed_cpus().size()).workers;
}

std::vector<unsigned> pinning_order() {
  return os::CpuTopology::read(os::RealSystemFiles{}, os::allowed_cpus()).pinning_order();
}

std::vector<std::vector<unsigned>> plan_affinity(Affinity affinity, unsigned workers, const os::CpuTopology& topology,
                                                 unsigned budget) {
  const auto order = places(affinity, workers, topology, budget);
  std::vector<std::vector<unsigned>> plan(workers);
  if (order.empty()) return plan;
  for (unsigned worker = 0; worker < workers; ++worker) plan[worker] = order[worker % order.size()];
  return plan;
}

std::vector<unsigned> spare_cpus(const std::vector<std::vector<unsigned>>& plan, const os::CpuTopology& topology) {
  std::set<unsigned> used;
  for (const auto& cpus : plan) {
    if (cpus.empty()) return {};
    used.insert(cpus.begin(), cpus.end());
  }
  std::vector<unsigned> spare;
  for (const os::CpuSet& core : topology.cores()) {
    const bool is_free = std::none_of(core.begin(), core.end(), [&](unsigned cpu) { return used.count(cpu) > 0; });
    if (is_free) spare.insert(spare.end(), core.begin(), core.end());
  }
  return spare;
}

}  // namespace mpr
