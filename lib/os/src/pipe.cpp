#include "os/pipe.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "os/error.hpp"

namespace mpr::os {

Pipe make_pipe() {
  int ends[2];
  check(::pipe2(ends, O_CLOEXEC), "pipe2");
  return {UniqueFd{ends[0]}, UniqueFd{ends[1]}};
}

}  // namespace mpr::os
