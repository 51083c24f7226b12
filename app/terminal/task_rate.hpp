// TaskRate: how many tasks a second are done, recently.
//
//   TaskRate rate(start);
//   rate.update(done, now);         // as often as one likes
//   rate.per_second(now)
//
// What is long ago is forgotten, but only when enough has been done since: "recently" is the last seconds when tasks
// are short and the last handful of tasks when they are long, so that two tasks a minute do not read as a row of stops
// and starts. A count that jumps is spread over that time. While nothing is done the rate sinks.
#pragma once

#include <cstdint>
#include <optional>

#include "os/clock.hpp"

namespace mpr::app {

class TaskRate {
 public:
  explicit TaskRate(os::Time start) : last_(start) {}

  /// `done` so far, in all. A count that sinks starts over from there.
  void update(uint64_t done, os::Time now);
  /// Nothing before the first task is done.
  [[nodiscard]] std::optional<double> per_second(os::Time now) const;

 private:
  uint64_t done_ = 0;
  os::Time last_;       ///< when done_ last grew
  double tasks_ = 0;    ///< done recently, older ones counting less
  double seconds_ = 0;  ///< that they took
};

}  // namespace mpr::app
