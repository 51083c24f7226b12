#include "os/pipe.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "os/error.hpp"

namespace mpr::os {

Pipe make_pipe() {
  int ends[2];
  check(::pipe2(ends, O_CLOEXEC), "pipe2");
  return {UniqueFd{ends[0]}, UniqueFd{ends[1]}};
}

void widen_pipe(FdRef end, size_t bytes) {
  (void)::fcntl(end.get(), F_SETPIPE_SZ, static_cast<int>(bytes));
}

size_t bytes_in_pipe(FdRef end) {
  int bytes = 0;
  return ::ioctl(end.get(), FIONREAD, &bytes) == 0 ? static_cast<size_t>(bytes) : 0;
}

}  // namespace mpr::os
