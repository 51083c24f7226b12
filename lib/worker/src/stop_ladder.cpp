#include "worker/stop_ladder.hpp"

#include <csignal>

namespace mpr::worker {
namespace {

constexpr std::chrono::seconds kGiveUpAfter{10};

}  // namespace

StopLadder::StopLadder(os::Time started, std::optional<os::Duration> timeout, os::Duration kill_after)
    : rung_time_(timeout ? Countdown{started, *timeout} : Countdown{}), kill_after_(kill_after) {}

std::optional<int> StopLadder::due(Wish wish, os::Time now) {
  if (rung_ == Rung::killed) return std::nullopt;
  const bool time_is_up = rung_time_.over(now);
  if (wish == Wish::end_now || (rung_ == Rung::terminated && time_is_up)) {
    if (!reason_) reason_ = Ending::cancelled;
    rung_ = Rung::killed;
    rung_time_ = Countdown{now, kGiveUpAfter};
    return SIGKILL;
  }
  if (rung_ == Rung::terminated || (wish == Wish::go_on && !time_is_up)) return std::nullopt;
  reason_ = wish == Wish::cancel ? Ending::cancelled : Ending::timed_out;
  rung_ = Rung::terminated;
  rung_time_ = Countdown{now, kill_after_};
  return SIGTERM;
}

}  // namespace mpr::worker
