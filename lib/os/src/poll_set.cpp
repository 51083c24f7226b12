#include "os/poll_set.hpp"

#include "os/error.hpp"

namespace mpr::os {
namespace {

// Short of kernel memory: that may pass, and if it has not after so many pauses, it is told.
constexpr std::chrono::milliseconds kMemoryPause{1};
constexpr unsigned kMostPauses = 3000;

bool wait_for_one(FdRef fd, short interest, Time deadline) {
  pollfd entry{fd.get(), interest, 0};
  for (;;) {
    const int timeout = deadline == kNever ? -1 : poll_milliseconds(deadline, Clock::now());
    const auto ready = poll_once({&entry, 1}, timeout);
    if (ready > 0) return true;
    // A wait longer than poll can express, or a deadline between two milliseconds, is not over yet.
    if (ready == 0 && (timeout == 0 || Clock::now() >= deadline)) return false;
  }
}

}  // namespace

std::optional<int> poll_once(std::span<pollfd> entries, int milliseconds) {
  static thread_local unsigned pauses = 0;
  const int ready = ::poll(entries.data(), entries.size(), milliseconds);
  if (ready >= 0) {
    pauses = 0;
    return ready;
  }
  if (errno == ENOMEM && pauses < kMostPauses) {
    ++pauses;
    sleep_for(kMemoryPause);
  } else if (errno != EINTR) {
    throw_errno("poll");
  }
  for (pollfd& entry : entries) entry.revents = 0;
  return std::nullopt;
}

void PollSet::wait(Time deadline) {
  (void)poll_once(entries_, deadline == kNever ? -1 : poll_milliseconds(deadline, Clock::now()));
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
