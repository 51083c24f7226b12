// Isolation: what the tasks of a run are kept in, as a user says it.
#pragma once

#include <cstdint>

namespace mpr::manifest {

enum class Isolation : uint8_t {
  none,
  pid,  ///< a PID namespace, with which the kernel ends all that is in it
};

}  // namespace mpr::manifest
