// ExecutorChoice: how the tasks of a job are to be run, as a user says it.
#pragma once

#include <cstdint>

namespace mpr::manifest {

enum class ExecutorChoice : uint8_t {
  automatic,  ///< persistent, where that is possible and the program is made for it, else exec
  exec,
  fork_server,
  persistent,
  lines,
  json,
};

}  // namespace mpr::manifest
