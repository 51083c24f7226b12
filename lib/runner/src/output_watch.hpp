// OutputWatch: has a run's poller watch what the front end waits for to be written on.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "os/poller.hpp"
#include "run_tokens.hpp"
#include "runner/front_end.hpp"

namespace mpr::runner {

class OutputWatch {
 public:
  /// Borrows both.
  OutputWatch(const FrontEnd& front_end, os::Poller& poller) : front_end_(front_end), poller_(poller) {}

  /// After something was written, or tried to be.
  void look() {
    const std::vector<os::FdRef> before = std::exchange(blocked_, front_end_.blocked());
    for (const os::FdRef fd : before) {
      if (!has(blocked_, fd)) poller_.forget(fd);
    }
    for (const os::FdRef fd : blocked_) {
      if (!has(before, fd)) poller_.watch(fd, os::Poller::kWritable, kFrontEnd);
    }
  }

  /// As of the last look: whether a reader must be waited for.
  [[nodiscard]] bool blocked() const { return !blocked_.empty(); }

 private:
  [[nodiscard]] static bool has(const std::vector<os::FdRef>& all, os::FdRef fd) {
    return std::find(all.begin(), all.end(), fd) != all.end();
  }

  const FrontEnd& front_end_;
  os::Poller& poller_;
  std::vector<os::FdRef> blocked_;
};

}  // namespace mpr::runner
