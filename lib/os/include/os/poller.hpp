// Poller: waits for descriptors, up to a deadline (epoll).
//
//   Poller poller;
//   poller.watch(queue.fd(), Poller::kReadable, kQueueToken);
//   for (const Poller::Event& event : poller.wait(deadline)) ...
//
// Ownership: borrows descriptors. Forget one before it is closed, or its token may be reported once more.
// Errors: std::system_error. Descriptors that epoll does not know (regular files) are always ready: watch says false.
// Processes: epoll registers open file descriptions, so a Poller must not be used by a forked child.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "clock.hpp"
#include "unique_fd.hpp"

namespace mpr::os {

class Poller {
 public:
  static constexpr uint32_t kNothing = 0;  ///< hang-ups and errors only
  static constexpr uint32_t kReadable = EPOLLIN;
  static constexpr uint32_t kWritable = EPOLLOUT;

  struct Event {
    uint64_t token;
    bool readable;  ///< or at its end
    bool writable;  ///< or without a reader
  };

  Poller();

  /// Starts watching, or changes what is watched for. False when the kernel cannot watch it, being always ready.
  bool watch(FdRef fd, uint32_t interest, uint64_t token);
  void forget(FdRef fd);

  /// Waits until something happens or `deadline` is past; empty then. Valid until the next call.
  [[nodiscard]] std::span<const Event> wait(Time deadline);

 private:
  UniqueFd epoll_;
  std::array<epoll_event, 64> raw_;
  std::vector<Event> events_;
};

}  // namespace mpr::os
