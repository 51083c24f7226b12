// How many CPUs there are to use, and which worker runs where.
//
//   mpr::Pool pool(mpr::cpu_count());
//   auto cpus = mpr::plan_affinity(mpr::Affinity::core, 4, topology, budget);   // {{0, 1}, {2, 3}, {4, 5}, {6, 7}}
//
// Errors: std::system_error when the kernel does not tell this thread's affinity mask. What /proc and /sys do not tell
//   is taken as no quota, and one core for each CPU.
// Threads: the affinity mask is the calling thread's.
// Processes: read anew at every call; quota and mask may be changed from outside at any time.
#pragma once

#include <cstdint>
#include <vector>

namespace mpr::os {
struct CpuTopology;
}

namespace mpr {

/// CPUs that this process may keep busy, at least 1: the smaller of its affinity mask and its cgroup quota rounded up.
/// Python's process_cpu_count, but in a container limited to 2 CPUs on a machine with 64 it says 2.
[[nodiscard]] unsigned cpu_count();

/// The allowed CPUs in the order in which they are given to workers: one hardware thread of each physical core first,
/// then the siblings; packages and NUMA nodes take turns.
[[nodiscard]] std::vector<unsigned> pinning_order();

/// What a worker is pinned to.
enum class Affinity : uint8_t {
  automatic,  ///< as `thread` when the workers fill all allowed CPUs exactly, else `none`
  core,       ///< the allowed hardware threads of one physical core
  thread,     ///< one hardware thread
  none,       ///< nothing: the kernel moves workers as it likes
};

/// The CPUs that each of so many workers is pinned to, ascending; an empty list is "not pinned". Worker i gets the i-th
/// CPU of the pinning order (`thread`), or the i-th core of it (`core`); with more workers than those, the order begins
/// anew. Pure.
///
/// `budget` is what cpu_count() says. Fewer workers than CPUs, or a quota, leave room for the kernel to do better than
/// a fixed place: then `automatic` does not pin.
[[nodiscard]] std::vector<std::vector<unsigned>> plan_affinity(Affinity affinity, unsigned workers,
                                                               const os::CpuTopology& topology, unsigned budget);

/// The CPUs of cores where none of these workers is pinned: for whoever gives them work, so as not to be in their way.
/// Empty when there are none, or when the workers are not pinned. Pure.
[[nodiscard]] std::vector<unsigned> spare_cpus(const std::vector<std::vector<unsigned>>& plan,
                                               const os::CpuTopology& topology);

}  // namespace mpr
