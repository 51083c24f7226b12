// UnitSize: how many tasks of a job are put together. As many as take a worker some milliseconds, so that a unit's way
// there and back costs little beside them. Pure.
#pragma once

#include <algorithm>
#include <cstdint>

#include "os/clock.hpp"

namespace mpr::runner {

class UnitSize {
 public:
  [[nodiscard]] uint32_t tasks() const { return tasks_; }

  /// So many have taken this long, one after another.
  void learn(uint32_t count, os::Duration elapsed) {
    const auto fitting = static_cast<uint64_t>(kUnitTime / std::max(elapsed / count, os::Duration{1}));
    // A first guess that was far off is found out early.
    const uint64_t most = std::max<uint64_t>(tasks_, uint64_t{kMostGrowth} * count);
    tasks_ = static_cast<uint32_t>(std::clamp<uint64_t>(fitting, 1, std::min<uint64_t>(most, kMostTasks)));
  }

 private:
  static constexpr os::Duration kUnitTime = std::chrono::milliseconds(2);
  static constexpr uint32_t kMostTasks = 8192;
  static constexpr uint32_t kMostGrowth = 8;

  uint32_t tasks_ = 1;
};

}  // namespace mpr::runner
