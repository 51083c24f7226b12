// What `mpr cpus` prints: how many workers there would be, in which order they are pinned, and why.
//
//   2 workers
//   allowed  2 of 4 online CPUs
//   quota    none
//   pinned   yes: the workers fill the allowed CPUs
//   order    one thread of each core first, then siblings; NUMA nodes take turns
//
//   place    cpu   core  sibling   node  package
//       1      0      0        0      0        0
//       2      1      1        0      0        0
//
// The first word of each line of the upper part, and the columns of the lower one, stay as they are, for scripts.
#pragma once

#include <string>

#include "os/cpu_budget.hpp"
#include "os/cpu_topology.hpp"

namespace mpr::app {

/// Whole lines. Pure.
[[nodiscard]] std::string cpus_report(const os::CpuTopology& topology, const os::CpuBudget& budget);

}  // namespace mpr::app
