// Waiting for another process by looking, for about as long as falling asleep and being woken takes: whoever is
// answered meanwhile has gained much, whoever is not has lost little. On a CPU that the other side needs, looking only
// holds it up; so a thread that was not answered a few times in a row stops looking, and tries again now and then.
#pragma once

#include <algorithm>
#include <chrono>

#include "os/clock.hpp"
#include "os/cpu_set.hpp"

namespace mpr {

class Spin {
 public:
  /// Whether it is worth while now. To be followed by answered() or missed().
  [[nodiscard]] bool worth_while() {
    static const bool several_cpus = os::allowed_cpus().size() > 1;
    if (!several_cpus) return false;
    return misses_ < kMostMisses || ++skipped_ % kRetryAfter == 0;
  }
  void answered() { misses_ = 0; }
  void missed() { ++misses_; }

  static Spin& of_this_thread() {
    static thread_local Spin spin;
    return spin;
  }

  static constexpr std::chrono::microseconds kTime{20};
  static constexpr int kPauses = 16;  ///< some hundred nanoseconds

 private:
  static constexpr unsigned kMostMisses = 3;
  static constexpr unsigned kRetryAfter = 16;

  unsigned misses_ = 0;  ///< in a row
  unsigned skipped_ = 0;
};

/// Whether the condition came to hold.
template <class Condition>
bool spin_until(Condition condition, os::Time deadline = os::kNever) {
  if (condition()) return true;
  Spin& spin = Spin::of_this_thread();
  if (!spin.worth_while()) return false;
  const os::Time end = std::min(deadline, os::Clock::now() + Spin::kTime);
  do {
    if (condition()) {
      spin.answered();
      return true;
    }
    // Not without a break: each look takes the memory away from whoever is writing there.
    for (int i = 0; i < Spin::kPauses; ++i) os::relax_cpu();
  } while (os::Clock::now() < end);
  spin.missed();
  return false;
}

}  // namespace mpr
