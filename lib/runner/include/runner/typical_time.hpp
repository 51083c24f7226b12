// TypicalTime: how long a task takes, recently, and what follows for how work is handed out. Pure.
//
//   typical.learn(elapsed);                                 // of each task
//   if (typical.is_short()) give(1 + typical.tasks_ahead());
//   if (now - since >= typical.patience()) recall();
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "os/clock.hpp"

namespace mpr::runner {

class TypicalTime {
 public:
  static constexpr size_t kMostAhead = 64;

  void learn(os::Duration elapsed) {
    const os::Duration took = std::max(elapsed, os::Duration{1});
    time_ = known() ? (7 * time_ + took) / 8 : took;
  }

  /// 0 while nothing is known.
  [[nodiscard]] os::Duration get() const { return time_; }
  /// Tasks are known to gain from being given ahead.
  [[nodiscard]] bool is_short() const { return known() && time_ < kLong; }
  /// How many to give ahead of the one that runs, if they are short.
  [[nodiscard]] size_t tasks_ahead() const {
    return std::clamp<size_t>(static_cast<size_t>(kAhead / time_), 1, kMostAhead);
  }
  /// A task that takes longer holds up those behind it.
  [[nodiscard]] os::Duration patience() const { return std::max<os::Duration>(kLeastPatience, kSlowFactor * time_); }

 private:
  using milliseconds = std::chrono::milliseconds;

  // Work given ahead to a worker: about this much time's worth. Long enough to hide a round trip of some 50 us many
  // times over, short enough that a result or a stop is never far away.
  static constexpr milliseconds kAhead{10};
  // Tasks longer than this gain nothing from being given ahead.
  static constexpr milliseconds kLong{50};
  // This much longer than usual is too long.
  static constexpr int kSlowFactor = 8;
  static constexpr milliseconds kLeastPatience{20};

  [[nodiscard]] bool known() const { return time_ != os::Duration{0}; }

  os::Duration time_{0};
};

}  // namespace mpr::runner
