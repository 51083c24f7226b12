// Pace: how many requests may be on their way to a process that answers them one by one: as many as it answers in about
// a millisecond, so that it seldom waits for the next while few are lost to a recall. Pure: time is an argument.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "os/clock.hpp"

namespace mpr::worker {

class Pace {
 public:
  /// At first one: nothing is known yet.
  [[nodiscard]] uint32_t ahead() const { return ahead_; }

  /// So many, one at least, have been answered in that time.
  void answered(uint32_t count, os::Duration time) {
    constexpr int64_t kGrowth = 8;
    const int64_t each = std::max<int64_t>(time.count() / count, 1);
    ahead_ = static_cast<uint32_t>(std::clamp<int64_t>(kTime.count() / each, 1, ahead_ * kGrowth));
    ahead_ = std::min(ahead_, kMost);
  }
  void start_again() { ahead_ = 1; }

 private:
  static constexpr os::Duration kTime = std::chrono::milliseconds{1};
  static constexpr uint32_t kMost = 16 * 1024;
  uint32_t ahead_ = 1;
};

}  // namespace mpr::worker
