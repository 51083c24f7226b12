// Limits of resources that the kernel sets this process.
//
// That of open files is raised for this process, and given back as it was to the programs it starts.
#pragma once

#include <sys/resource.h>

#include <cstdint>
#include <optional>

namespace mpr::os {

/// Raises the soft limit of open files to the hard one; answers what it was before.
rlimit raise_open_files_limit();

/// The soft limit of open files, and of processes of this user; none where there is no limit.
[[nodiscard]] std::optional<uint64_t> open_files_limit();
[[nodiscard]] std::optional<uint64_t> process_limit();

/// How many descriptors are open that count against that limit: one numbered above it takes none of its places.
[[nodiscard]] uint64_t open_files_within(uint64_t limit);

}  // namespace mpr::os
