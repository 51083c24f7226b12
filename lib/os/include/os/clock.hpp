// Time, for everything that waits or measures. Wall-clock time is for display alone.
#pragma once

#include <time.h>

#include <atomic>
#include <chrono>
#include <cstdint>

namespace mpr::os {

using Duration = std::chrono::nanoseconds;

/// Monotonic: never steps back, whatever happens to the wall clock. It is steady_clock, less what this process was told
/// to forget: where that is nothing, as in all programs but mpr and its workers, times of both are the same.
class Clock {
 public:
  using duration = std::chrono::steady_clock::duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::steady_clock::time_point;
  static constexpr bool is_steady = true;

  [[nodiscard]] static time_point now() noexcept { return std::chrono::steady_clock::now() - forgotten(); }

  /// The clock goes on from `from`, as if it were still then: nothing that is waited for has come nearer meanwhile.
  static void forget_since(time_point from);
  /// What it showed when steady_clock, of which another process tells, showed this.
  [[nodiscard]] static time_point of_steady(time_point steady);
  /// What steady_clock shows when it shows this, if nothing more is forgotten.
  [[nodiscard]] static time_point to_steady(time_point time);

 private:
  [[nodiscard]] static Duration forgotten() noexcept { return Duration{forgotten_.load(std::memory_order_relaxed)}; }
  inline static std::atomic<int64_t> forgotten_{0};  ///< nanoseconds
};
using Time = Clock::time_point;

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
