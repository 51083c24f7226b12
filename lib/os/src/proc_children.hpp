// What /proc tells of the children of a process, ended ones included; all by their numbers there (proc_numbers.hpp).
#pragma once

#include <string>
#include <vector>

namespace mpr::os {

using ProcNumbers = std::vector<std::string>;

/// The kernel's list of the children that this thread has started. Not there without CONFIG_PROC_CHILDREN.
inline constexpr const char* kOwnChildren = "/proc/thread-self/children";

/// Those in such a list.
[[nodiscard]] ProcNumbers numbers_in(const std::string& list);

/// The children of a process ("self": ours), whichever of its threads started them: from the kernel's lists, or where
/// it has none, by a scan.
[[nodiscard]] ProcNumbers named_children_of(const std::string& parent);

/// By asking every process there is for its parent.
[[nodiscard]] ProcNumbers children_by_scan(const std::string& parent);

}  // namespace mpr::os
