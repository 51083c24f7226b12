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

}  // namespace mpr::os
