// PollSet: waits once for a few descriptors (poll(2)). Poller is for many, watched for long.
//
//   PollSet set;
//   const size_t orders = set.add(queue.fd(), PollSet::kReadable);
//   set.wait(deadline);
//   if (set.ready(orders)) ...
//
// Ownership: borrows descriptors. FdRef{} may be added, and is never ready. Errors: std::system_error.
#pragma once

#include <poll.h>

#include <optional>
#include <span>
#include <vector>

#include "clock.hpp"
#include "unique_fd.hpp"

namespace mpr::os {

class PollSet {
 public:
  static constexpr short kReadable = POLLIN;
  static constexpr short kWritable = POLLOUT;

  void clear() { entries_.clear(); }
  /// Answers the place of the descriptor in the set.
  size_t add(FdRef fd, short interest) {
    entries_.push_back({fd.get(), interest, 0});
    return entries_.size() - 1;
  }

  /// Waits until one is ready (ended and broken ones are), `deadline` is past, or something cuts it short.
  void wait(Time deadline);
  [[nodiscard]] bool ready(size_t place) const { return entries_[place].revents != 0; }

 private:
  std::vector<pollfd> entries_;
};

/// poll(2), once: how many are ready. None when it was cut short, by a signal or a shortage of kernel memory, which may
/// pass: the caller may ask again.
[[nodiscard]] std::optional<int> poll_once(std::span<pollfd> entries, int milliseconds);

/// Whether reading would not wait, now.
[[nodiscard]] bool readable_now(FdRef fd);
/// False when `deadline` was past first. Signals do not end the wait.
bool wait_until_readable(FdRef fd, Time deadline = kNever);
bool wait_until_writable(FdRef fd, Time deadline = kNever);

}  // namespace mpr::os
