// Countdown: a time limit that counts only the time in which somebody was there to look.
//
//   Countdown limit{started, timeout};
//   if (limit.over(now)) ...          // asked again by next_look() at the latest
//
// Where nobody looked for much longer than that (the worker was stopped, or the machine), what was to be limited did
// not run either, or not for all of the time: most of it does not count, so that a pause of minutes has nothing time
// out. Pure: time is an argument.
#pragma once

#include "os/clock.hpp"

namespace mpr::worker {

class Countdown {
 public:
  Countdown() = default;  ///< never over
  Countdown(os::Time from, os::Duration time);

  [[nodiscard]] bool over(os::Time now);
  /// When to ask again.
  [[nodiscard]] os::Time next_look() const;
  /// When it will be over, as far as is known.
  [[nodiscard]] os::Time end() const { return end_; }

 private:
  os::Time end_ = os::kNever;
  os::Time seen_{};
  os::Duration look_{0};  ///< how often to look
};

}  // namespace mpr::worker
