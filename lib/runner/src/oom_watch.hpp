// OomWatch: whether it was for want of memory that something was killed.
//
// The kernel counts such kills in the cgroup of the victim, which is mpr's own. Each is taken for the reason of one
// death by SIGKILL. The count is read when the run begins, and after such a death.
#pragma once

#include <cstdint>

#include "os/oom_kills.hpp"

namespace mpr::runner {

class OomWatch {
 public:
  OomWatch() : accounted_(os::oom_kills(files_).value_or(0)) {}

  /// Something was killed by SIGKILL. Whether a kill for want of memory is left to be its reason.
  [[nodiscard]] bool claim();

 private:
  os::RealSystemFiles files_;
  uint64_t accounted_;
};

}  // namespace mpr::runner
