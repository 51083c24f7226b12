#include "terminal/task_rate.hpp"

#include <algorithm>
#include <cmath>

namespace mpr::app {
namespace {

// "Recently": whichever is longer ago.
constexpr double kSeconds = 5;
constexpr double kTasks = 10;

double seconds_between(os::Time from, os::Time to) {
  return std::max(0.0, std::chrono::duration<double>(to - from).count());
}

}  // namespace

void TaskRate::update(uint64_t done, os::Time now) {
  if (done <= done_) {
    done_ = done;
    return;
  }
  const auto tasks = static_cast<double>(done - done_);
  const double seconds = seconds_between(last_, now);
  const double kept = std::exp(-std::min(seconds / kSeconds, tasks / kTasks));
  tasks_ = tasks_ * kept + tasks;
  seconds_ = seconds_ * kept + seconds;
  done_ = done;
  last_ = now;
}

std::optional<double> TaskRate::per_second(os::Time now) const {
  const double seconds = seconds_ + seconds_between(last_, now);
  if (tasks_ <= 0 || seconds <= 0) return std::nullopt;
  return tasks_ / seconds;
}

}  // namespace mpr::app
