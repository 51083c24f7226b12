#include "os/clock.hpp"

#include <algorithm>
#include <ctime>
#include <limits>
#include <vector>

namespace mpr::os {
namespace {

/// A time that does not count, on steady_clock.
struct Gap {
  Time begin;
  Time end;
};

std::vector<Gap>& gaps() {
  static std::vector<Gap> all;
  return all;
}

}  // namespace

void Clock::forget_since(time_point from) {
  const time_point now = Clock::now();
  if (from >= now) return;
  gaps().push_back({to_steady(from), to_steady(now)});
  forgotten_.fetch_add(Duration{now - from}.count(), std::memory_order_relaxed);
}

Time Clock::of_steady(time_point steady) {
  Duration before{0};
  for (const Gap& gap : gaps()) before += std::clamp<Duration>(steady - gap.begin, Duration{0}, gap.end - gap.begin);
  return steady - before;
}

Time Clock::to_steady(time_point time) {
  return later(time, forgotten());
}

void sleep_for(Duration time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const timespec wanted{seconds.count(), (time - seconds).count()};
  ::clock_nanosleep(CLOCK_MONOTONIC, 0, &wanted, nullptr);
}

Time later(Time time, Duration duration) {
  // From a time before the clock began there is no way to its end.
  if (time == kNever || (time > Time{} && duration > kNever - time)) return kNever;
  return time + duration;
}

timespec timespec_of(Time time) {
  const auto since = std::max(Clock::to_steady(time).time_since_epoch(), Clock::duration::zero());
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
