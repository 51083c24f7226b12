#include "os/clock.hpp"

#include <algorithm>
#include <ctime>
#include <limits>

namespace mpr::os {

void sleep_for(Duration time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const timespec wanted{seconds.count(), (time - seconds).count()};
  ::clock_nanosleep(CLOCK_MONOTONIC, 0, &wanted, nullptr);
}

Time later(Time time, Duration duration) {
  if (time == kNever || duration > kNever - time) return kNever;
  return time + duration;
}

timespec timespec_of(Time time) {
  const auto since = std::max(time.time_since_epoch(), Clock::duration::zero());
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since);
  return {static_cast<time_t>(seconds.count()), static_cast<long>((since - seconds).count())};
}

int poll_milliseconds(Time deadline, Time now) {
  if (deadline == kNever) return -1;
  if (deadline <= now) return 0;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - now).count();
  return static_cast<int>(std::min<decltype(left)>(left, std::numeric_limits<int>::max()));
}

}  // namespace mpr::os
