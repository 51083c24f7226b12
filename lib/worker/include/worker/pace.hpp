// Pace: how many tasks to put on their way together: as many as take about so long, by how long others have taken. So
// whoever runs them seldom waits for the next, while few are held up behind one that takes longer. Pure: time is an
// argument.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "os/clock.hpp"

namespace mpr::worker {

class Pace {
 public:
  explicit Pace(os::Duration time = std::chrono::milliseconds{1}, uint32_t most = 16 * 1024)
      : time_(time), most_(most) {}

  /// At first one: nothing is known yet.
  [[nodiscard]] uint32_t tasks() const { return tasks_; }

  /// So many, one at least, have been answered in that time.
  void answered(uint32_t count, os::Duration time) {
    constexpr int64_t kGrowth = 8;  // a first guess that was far off is found out early
    const int64_t each = std::max<int64_t>(time.count() / count, 1);
    tasks_ = static_cast<uint32_t>(std::clamp<int64_t>(time_.count() / each, 1, tasks_ * kGrowth));
    tasks_ = std::min(tasks_, most_);
  }
  void start_again() { tasks_ = 1; }

 private:
  os::Duration time_;
  uint32_t most_;
  uint32_t tasks_ = 1;
};

}  // namespace mpr::worker
