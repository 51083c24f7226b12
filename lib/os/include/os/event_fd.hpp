// EventFd: a descriptor that is readable from signal() to clear(), whoever calls them; shared with forked children.
//
// Ownership: of the descriptor, which is close-on-exec and non-blocking. Errors: std::system_error.
// Threads, processes: any.
#pragma once

#include "unique_fd.hpp"

namespace mpr::os {

class EventFd {
 public:
  EventFd();
  [[nodiscard]] FdRef fd() const { return fd_; }
  void signal() const;
  void clear() const;

 private:
  UniqueFd fd_;
};

}  // namespace mpr::os
