#include "worker/countdown.hpp"

#include <algorithm>

namespace mpr::worker {
namespace {

// Some looks in the time of a limit, but not so many that they cost anything.
constexpr int kLooks = 8;
constexpr os::Duration kLeastLook = std::chrono::milliseconds{10};
constexpr os::Duration kMostLook = std::chrono::seconds{1};

}  // namespace

Countdown::Countdown(os::Time from, os::Duration time)
    : end_(os::later(from, time)), seen_(from), look_(std::clamp(time / kLooks, kLeastLook, kMostLook)) {}

bool Countdown::over(os::Time now) {
  if (end_ == os::kNever) return false;
  // Twice as long: a busy machine may be late.
  const os::Duration missed = now - seen_ - 2 * look_;
  if (missed > os::Duration{0}) end_ = os::later(end_, missed);
  seen_ = std::max(seen_, now);
  return now >= end_;
}

os::Time Countdown::next_look() const {
  return end_ == os::kNever ? end_ : std::min(end_, seen_ + look_);
}

}  // namespace mpr::worker
