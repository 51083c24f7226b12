// StopLadder: how a task is made to stop. SIGTERM, then SIGKILL, then giving up on a process that even that cannot end
// (uninterruptible sleep). One ladder for timeouts, cancelled runs and a parent that has died. Pure: time is an
// argument.
#pragma once

#include <optional>

#include "os/clock.hpp"
#include "worker/countdown.hpp"
#include "worker/supervisor.hpp"

namespace mpr::worker {

class StopLadder {
 public:
  StopLadder(os::Time started, std::optional<os::Duration> timeout, os::Duration kill_after);

  /// The signal to be sent now, if one is.
  [[nodiscard]] std::optional<int> due(Wish wish, os::Time now);
  /// When due() or given_up() may have a new answer though the wish is the same.
  [[nodiscard]] os::Time next() const { return rung_time_.next_look(); }

  [[nodiscard]] bool stopping() const { return rung_ != Rung::none; }
  /// Until when what is left may end by itself: not at all once SIGKILL was needed.
  [[nodiscard]] os::Time patience_ends() const {
    return rung_ == Rung::terminated ? rung_time_.end() : os::Time::min();
  }
  /// SIGKILL has been sent, long ago, in vain.
  [[nodiscard]] bool given_up(os::Time now) { return rung_ == Rung::killed && rung_time_.over(now); }
  /// Why it stops: timed_out, cancelled, or nothing while it does not.
  [[nodiscard]] std::optional<Ending> reason() const { return reason_; }

 private:
  enum class Rung : uint8_t { none, terminated, killed };

  Rung rung_ = Rung::none;
  Countdown rung_time_;  ///< until the next
  os::Duration kill_after_;
  std::optional<Ending> reason_;
};

}  // namespace mpr::worker
