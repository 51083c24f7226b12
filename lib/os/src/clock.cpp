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

int poll_milliseconds(Time deadline, Time now) {
  if (deadline == kNever) return -1;
  if (deadline <= now) return 0;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - now).count();
  return static_cast<int>(std::min<decltype(left)>(left, std::numeric_limits<int>::max()));
}

}  // namespace mpr::os
