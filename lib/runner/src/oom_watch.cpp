#include "oom_watch.hpp"

namespace mpr::runner {

bool OomWatch::claim() {
  const auto kills = os::oom_kills(files_);
  if (!kills || *kills <= accounted_) return false;
  ++accounted_;
  return true;
}

}  // namespace mpr::runner
