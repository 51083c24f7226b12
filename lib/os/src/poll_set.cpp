#include "os/poll_set.hpp"

#include "os/error.hpp"

namespace mpr::os {
namespace {

bool wait_for_one(FdRef fd, short interest, Time deadline) {
  PollSet set;
  const size_t only = set.add(fd, interest);
  do set.wait(deadline);
  while (!set.ready(only) && deadline == kNever);
  return set.ready(only);
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
void wait_until_readable(FdRef fd) {
  (void)wait_for_one(fd, PollSet::kReadable, kNever);
}
void wait_until_writable(FdRef fd) {
  (void)wait_for_one(fd, PollSet::kWritable, kNever);
}

}  // namespace mpr::os
