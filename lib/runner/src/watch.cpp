#include "watch.hpp"

#include <algorithm>
#include <utility>

namespace mpr::runner {
namespace {

using os::Poller;

bool has(const std::vector<os::FdRef>& all, os::FdRef fd) {
  return std::find(all.begin(), all.end(), fd) != all.end();
}

}  // namespace

void Watch::worker(Slot slot) {
  results(slot);
  poller_.watch(pool_.sentinel(slot), Poller::kReadable, token(What::worker_end, slot));
}

void Watch::forget_worker(Slot slot) {
  poller_.forget(pool_.sentinel(slot));
  poller_.forget(pool_.results(slot).fd());
  poller_.forget(pool_.tasks_fd(slot));
}

void Watch::tasks(Slot slot, bool waiting) {
  if (waiting) {
    poller_.watch(pool_.tasks_fd(slot), Poller::kWritable, token(What::tasks, slot));
  } else {
    poller_.forget(pool_.tasks_fd(slot));
  }
}

void Watch::results(Slot slot) {
  const uint32_t interest = holding_results_ ? Poller::kNothing : Poller::kReadable;
  poller_.watch(pool_.results(slot).fd(), interest, token(What::results, slot));
}

void Watch::hold_results(bool hold) {
  if (hold == holding_results_) return;
  holding_results_ = hold;
  for (Slot slot = 1; slot <= slots_; ++slot) {
    if (pool_.running(slot)) results(slot);
  }
}

void Watch::output() {
  const std::vector<os::FdRef> before = std::exchange(blocked_, front_end_.blocked());
  for (const os::FdRef fd : before) {
    if (!has(blocked_, fd)) poller_.forget(fd);
  }
  for (const os::FdRef fd : blocked_) {
    if (!has(before, fd)) poller_.watch(fd, Poller::kWritable, token(What::output));
  }
}

std::span<const Watch::Event> Watch::wait(os::Time until) {
  events_.clear();
  for (const Poller::Event& event : poller_.wait(until)) {
    events_.push_back({static_cast<What>(event.token % kWhats), event.token / kWhats});
  }
  return events_;
}

}  // namespace mpr::runner
