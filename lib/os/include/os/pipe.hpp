// A pipe, close-on-exec from birth.
#pragma once

#include "os/unique_fd.hpp"

namespace mpr::os {

struct Pipe {
  UniqueFd reader;
  UniqueFd writer;
};

/// Both ends blocking. Throws std::system_error (EMFILE, ENFILE).
[[nodiscard]] Pipe make_pipe();

}  // namespace mpr::os
