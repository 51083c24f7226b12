// Time, for everything that waits or measures. Wall-clock time is for display alone.
#pragma once

#include <time.h>

#include <chrono>
#include <cstdint>

namespace mpr::os {

/// Monotonic: never steps back, whatever happens to the wall clock.
using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;
using Duration = std::chrono::nanoseconds;

inline constexpr Time kNever = Time::max();

/// Sleeps; a signal may end it early.
void sleep_for(Duration time);

/// Between two looks at memory that another CPU is about to change.
inline void relax_cpu() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// `time + duration`, or kNever instead of an overflow.
[[nodiscard]] Time later(Time time, Duration duration);

/// For system calls that take an absolute time on CLOCK_MONOTONIC; a time before the clock began is its beginning.
[[nodiscard]] timespec timespec_of(Time time);

/// What is left until `deadline` as poll(2) wants it, rounded up; 0 when it is past, -1 for kNever.
[[nodiscard]] int poll_milliseconds(Time deadline, Time now);

}  // namespace mpr::os
