// CpuSet: which CPUs, by the kernel's numbers; what this thread may run on, and where it is pinned.
//
//   const CpuSet mine = allowed_cpus();                       // {0, 1, 2, 3, 8}
//   cpu_list_text(mine);                                      // "0-3,8"
//   pin_this_thread(std::array{mine.front()});
//
// Errors: what the kernel refuses is std::system_error, as in os/error.hpp.
// Threads: the mask belongs to the calling thread; threads made later inherit it.
// Processes: kept over fork and exec, so a pinned worker pins what it starts. These calls allocate memory: not for the
//   child of a fork in a process with several threads.
// Limits: CPU numbers below kMaxCpus.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mpr::os {

/// Ascending, each CPU once.
using CpuSet = std::vector<unsigned>;

/// Above what any kernel is built for; keeps a mistaken list from filling memory.
inline constexpr unsigned kMaxCpus = 65536;

/// Reads the kernel's list format: "0-3,8", also "0-31:2/4" (the first 2 of every 4). The empty list is a set without
/// CPUs; nothing when the text is not a list.
[[nodiscard]] std::optional<CpuSet> parse_cpu_list(std::string_view text);

/// The set in the kernel's list format.
[[nodiscard]] std::string cpu_list_text(const CpuSet& cpus);

/// The CPUs that this thread may run on: its affinity mask without CPUs that are offline. Never empty.
[[nodiscard]] CpuSet allowed_cpus();

/// Lets this thread run on these CPUs alone, in any order. Throws when the kernel refuses all of them, and when it
/// quietly leaves some out (offline, or outside the cpuset): the thread then stays on those that were left.
void pin_this_thread(std::span<const unsigned> cpus);

/// Pins this thread until the end of a scope, as far as the kernel lets it: a CPU that has gone offline meanwhile is no
/// reason to fail.
class PinnedMeanwhile {
 public:
  explicit PinnedMeanwhile(std::span<const unsigned> cpus);
  PinnedMeanwhile(const PinnedMeanwhile&) = delete;
  PinnedMeanwhile& operator=(const PinnedMeanwhile&) = delete;
  ~PinnedMeanwhile();

 private:
  CpuSet before_;
};

}  // namespace mpr::os
