// A pipe, close-on-exec from birth.
#pragma once

#include <cstddef>

#include "unique_fd.hpp"

namespace mpr::os {

struct Pipe {
  UniqueFd reader;
  UniqueFd writer;
};

/// Both ends blocking. Throws std::system_error (EMFILE, ENFILE).
[[nodiscard]] Pipe make_pipe();

/// Lets a pipe hold more (pipe(7), F_SETPIPE_SZ). Best effort: the system has limits.
void widen_pipe(FdRef end, size_t bytes);

/// What could be read from it now (FIONREAD); 0 when it cannot be told.
[[nodiscard]] size_t bytes_in_pipe(FdRef end);

}  // namespace mpr::os
