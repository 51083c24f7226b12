// Waiting for another process by looking, for about as long as falling asleep and being woken takes: whoever is
// answered sooner has gained much, whoever is not has lost little. With one CPU there is nobody to answer meanwhile.
#pragma once

#include <chrono>

#include "os/clock.hpp"
#include "os/cpu_set.hpp"

namespace mpr {

inline constexpr std::chrono::microseconds kSpin{20};

[[nodiscard]] inline bool may_spin() {
  static const bool several_cpus = os::allowed_cpus().size() > 1;
  return several_cpus;
}

/// Whether the condition came to hold.
template <class Condition>
bool spin_until(Condition condition, os::Time deadline = os::kNever) {
  if (condition()) return true;
  if (!may_spin()) return false;
  const os::Time end = std::min(deadline, os::Clock::now() + kSpin);
  do {
    for (int i = 0; i < 32; ++i) {
      if (condition()) return true;
      os::relax_cpu();
    }
  } while (os::Clock::now() < end);
  return false;
}

}  // namespace mpr
