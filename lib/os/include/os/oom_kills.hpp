// How often the kernel has killed a process of this one's cgroup because memory had run out.
#pragma once

#include <cstdint>
#include <optional>

#include "system_files.hpp"

namespace mpr::os {

/// Ever growing. None where the kernel does not tell: without a memory cgroup of its own, or before Linux 4.13.
[[nodiscard]] std::optional<uint64_t> oom_kills(const SystemFiles& files);

}  // namespace mpr::os
