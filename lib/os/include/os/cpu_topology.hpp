// CpuTopology: the CPUs that this process may use, and which of them share a core, a NUMA node, a package.
//
//   const auto topology = CpuTopology::read(RealSystemFiles{}, allowed_cpus());
//   topology.pinning_order();                                 // {0, 2, 4, 6, 1, 3, 5, 7}
//
// The order is made for independent tasks. A task alone on a physical core has all of its execution units and cache,
// so one hardware thread of every core comes first, and siblings only when the cores have run out. Packages and NUMA
// nodes take turns, because tasks that share no data gain nothing from closeness and share the memory bandwidth of all
// nodes this way.
//
// Errors: none. What the machine does not tell (no /sys, as in some containers) is taken as one core for each CPU, all
//   in one node of one package.
// Threads, processes: a value; no state.
#pragma once

#include <vector>

#include "cpu_set.hpp"
#include "system_files.hpp"

namespace mpr::os {

/// One hardware thread, by the kernel's numbers.
struct Cpu {
  unsigned number = 0;
  unsigned core = 0;     ///< the physical core, known by the lowest number among its online CPUs
  unsigned sibling = 0;  ///< 0 for the first CPU of its core that is allowed, 1 for the next, ...
  unsigned node = 0;
  unsigned package = 0;

  friend bool operator==(const Cpu&, const Cpu&) = default;
};

struct CpuTopology {
  std::vector<Cpu> cpus;  ///< online and allowed, in pinning order
  unsigned online = 0;    ///< CPUs online in the machine, allowed or not

  [[nodiscard]] static CpuTopology read(const SystemFiles& files, const CpuSet& allowed);

  [[nodiscard]] std::vector<unsigned> pinning_order() const;

  /// The allowed CPUs of each physical core, the cores in pinning order.
  [[nodiscard]] std::vector<CpuSet> cores() const;
};

}  // namespace mpr::os
