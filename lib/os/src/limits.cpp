#include "os/limits.hpp"

#include "os/error.hpp"

namespace mpr::os {

rlimit raise_open_files_limit() {
  rlimit before{};
  check(::getrlimit(RLIMIT_NOFILE, &before), "getrlimit");
  rlimit raised = before;
  raised.rlim_cur = before.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &raised);  // the old limit still works if this is refused
  return before;
}

}  // namespace mpr::os
