#include "os/poll_set.hpp"

#include "os/error.hpp"

namespace mpr::os {
namespace {

bool wait_for_one(FdRef fd, short interest, Time deadline) {
  pollfd entry{fd.get(), interest, 0};
  for (;;) {
    const int timeout = deadline == kNever ? -1 : poll_milliseconds(deadline, Clock::now());
    const int ready = ::poll(&entry, 1, timeout);
    if (ready > 0) return true;
    // A wait longer than poll can express, or a deadline between two milliseconds, is not over yet.
    if (ready == 0 && (timeout == 0 || Clock::now() >= deadline)) return false;
    if (ready < 0 && errno != EINTR) throw_errno("poll");
  }
}

}  // namespace

void PollSet::wait(Time deadline) {
  const int timeout = deadline == kNever ? -1 : poll_milliseconds(deadline, Clock::now());
  if (::poll(entries_.data(), entries_.size(), timeout) >= 0) return;
  if (errno != EINTR) throw_errno("poll");
  for (pollfd& entry : entries_) entry.revents = 0;
}

bool readable_now(FdRef fd) {
  return wait_for_one(fd, PollSet::kReadable, Time::min());
}
bool wait_until_readable(FdRef fd, Time deadline) {
  return wait_for_one(fd, PollSet::kReadable, deadline);
}
bool wait_until_writable(FdRef fd, Time deadline) {
  return wait_for_one(fd, PollSet::kWritable, deadline);
}

}  // namespace mpr::os
