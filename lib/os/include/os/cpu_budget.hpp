// CpuBudget: how many CPUs this process may keep busy, and what decides it.
//
//   const auto budget = cpu_budget(RealSystemFiles{}, allowed_cpus().size());
//   budget.workers;        // 2: of 8 allowed CPUs, a container's quota leaves 1.5
//
// The quota is the smallest of this process's cgroup and all of its ancestors that can be seen, in version 2 (cpu.max)
// and in version 1 (cpu.cfs_quota_us / cpu.cfs_period_us) of cgroups, whichever the machine has; it is rounded up,
// because half a CPU more than one is still work for a second worker.
//
// Errors: none. A file that is missing or makes no sense limits nothing.
// Units: CPUs; a quota of 1.5 is 150 ms of CPU time in 100 ms.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "system_files.hpp"

namespace mpr::os {

struct CpuBudget {
  unsigned workers = 1;         ///< max(1, min(allowed, quota rounded up))
  unsigned allowed = 1;         ///< CPUs that the affinity mask leaves
  std::optional<double> quota;  ///< nothing: no quota
  std::string quota_file;       ///< which file the quota came from; empty without a quota

  /// The quota leaves fewer CPUs than the affinity mask does.
  [[nodiscard]] bool limited_by_quota() const { return workers < allowed; }
};

[[nodiscard]] CpuBudget cpu_budget(const SystemFiles& files, size_t allowed);

}  // namespace mpr::os
