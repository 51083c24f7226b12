// How much memory this machine has.
#pragma once

#include <cstdint>

namespace mpr::os {

/// Bytes.
[[nodiscard]] uint64_t total_memory();

}  // namespace mpr::os
