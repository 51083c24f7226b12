#include "worker/stop_ladder.hpp"

#include <csignal>

#include <catch2/catch.hpp>

using namespace mpr;
using namespace mpr::worker;
using namespace std::chrono_literals;

namespace {

const os::Time kStart = os::Time{} + 1h;
const std::optional<int> kNothing;

StopLadder ladder(std::optional<os::Duration> timeout, os::Duration kill_after = 5s) {
  return StopLadder{kStart, timeout, kill_after};
}

/// What is due at `time`, looked at until then as often as it wants to be; the negative of what was due before.
std::optional<int> due_at(StopLadder& stop, Wish wish, os::Time time) {
  for (os::Time last{}; stop.next() < time && stop.next() > last;) {
    last = stop.next();
    if (const auto early = stop.due(wish, last)) return -*early;
  }
  return stop.due(wish, time);
}

}  // namespace

TEST_CASE("a task without a timeout is never stopped") {
  StopLadder stop = ladder({});
  CHECK(stop.next() == os::kNever);
  CHECK(due_at(stop, Wish::go_on, kStart + 24h * 365) == kNothing);
  CHECK_FALSE(stop.stopping());
  CHECK_FALSE(stop.reason());
}

TEST_CASE("a task that has timed out is sent SIGTERM, and SIGKILL only when kill_after has passed too") {
  StopLadder stop = ladder(2s, 5s);
  CHECK(due_at(stop, Wish::go_on, kStart + 2s - 1ns) == kNothing);
  CHECK(due_at(stop, Wish::go_on, kStart + 2s) == SIGTERM);
  CHECK(due_at(stop, Wish::go_on, kStart + 7s - 1ns) == kNothing);
  CHECK(due_at(stop, Wish::go_on, kStart + 7s) == SIGKILL);
  CHECK(due_at(stop, Wish::go_on, kStart + 24h) == kNothing);
  CHECK(stop.reason() == Ending::timed_out);
}

TEST_CASE("kill_after counts from the SIGTERM, however late that was sent") {
  StopLadder stop = ladder(2s, 5s);
  CHECK(due_at(stop, Wish::go_on, kStart + 2s - 1ns) == kNothing);
  CHECK(stop.due(Wish::go_on, kStart + 2300ms) == SIGTERM);
  CHECK(due_at(stop, Wish::go_on, kStart + 7300ms - 1ns) == kNothing);
  CHECK(due_at(stop, Wish::go_on, kStart + 7300ms) == SIGKILL);
}

TEST_CASE("time in which nobody could look, for the machine or the worker stood still, does not time a task out") {
  StopLadder stop = ladder(60s, 5s);
  CHECK(due_at(stop, Wish::go_on, kStart + 50s) == kNothing);
  CHECK(due_at(stop, Wish::go_on, kStart + 50s + 1ns) == kNothing);
  // An hour later, of which two seconds count at the most.
  const os::Time later = kStart + 1h;
  CHECK(stop.due(Wish::go_on, later) == kNothing);
  CHECK(due_at(stop, Wish::go_on, later + 7s) == kNothing);
  CHECK(due_at(stop, Wish::go_on, later + 10s) == -SIGTERM);
}

TEST_CASE("time in which nobody could look does not shorten the time from SIGTERM to SIGKILL") {
  StopLadder stop = ladder(2s, 5s);
  CHECK(due_at(stop, Wish::go_on, kStart + 2s) == SIGTERM);
  CHECK(stop.due(Wish::go_on, kStart + 1h) == kNothing);
  CHECK(due_at(stop, Wish::go_on, kStart + 1h + 3s) == kNothing);
  CHECK(due_at(stop, Wish::go_on, kStart + 1h + 5s) == -SIGKILL);
}

TEST_CASE("a cancelled task climbs the same ladder") {
  StopLadder stop = ladder({}, 5s);
  CHECK(due_at(stop, Wish::cancel, kStart + 1s) == SIGTERM);
  CHECK(stop.stopping());
  CHECK(due_at(stop, Wish::cancel, kStart + 1s) == kNothing);
  CHECK(due_at(stop, Wish::cancel, kStart + 6s) == SIGKILL);
  CHECK(stop.reason() == Ending::cancelled);
}

TEST_CASE("a task that is to end now is sent SIGKILL at once, and once") {
  StopLadder stop = ladder(2s);
  CHECK(stop.due(Wish::end_now, kStart) == SIGKILL);
  CHECK(stop.due(Wish::end_now, kStart) == kNothing);
  CHECK(stop.reason() == Ending::cancelled);
}

TEST_CASE("end now cuts short the wait after a SIGTERM and leaves the reason as it was") {
  StopLadder stop = ladder(2s, 5s);
  CHECK(due_at(stop, Wish::go_on, kStart + 2s) == SIGTERM);
  CHECK(stop.due(Wish::end_now, kStart + 3s) == SIGKILL);
  CHECK(stop.reason() == Ending::timed_out);
}

TEST_CASE("a task that is being stopped for its timeout keeps that reason when the run is cancelled too") {
  StopLadder stop = ladder(2s, 5s);
  CHECK(due_at(stop, Wish::go_on, kStart + 2s) == SIGTERM);
  CHECK(due_at(stop, Wish::cancel, kStart + 3s) == kNothing);
  CHECK(due_at(stop, Wish::cancel, kStart + 7s - 1ns) == kNothing);
  CHECK(due_at(stop, Wish::cancel, kStart + 7s) == SIGKILL);
  CHECK(stop.reason() == Ending::timed_out);
}

TEST_CASE("with no time between them, SIGKILL follows SIGTERM at once") {
  StopLadder stop = ladder(2s, 0s);
  CHECK(due_at(stop, Wish::go_on, kStart + 2s) == SIGTERM);
  CHECK(due_at(stop, Wish::go_on, kStart + 2s) == SIGKILL);
}

TEST_CASE("a kill_after without end never leads to SIGKILL") {
  StopLadder stop = ladder(2s, os::Duration::max());
  CHECK(due_at(stop, Wish::go_on, kStart + 2s) == SIGTERM);
  CHECK(stop.next() == os::kNever);
  CHECK(due_at(stop, Wish::go_on, kStart + 24h * 365) == kNothing);
}

TEST_CASE("a process that SIGKILL does not end is given up, but not soon") {
  StopLadder stop = ladder({});
  CHECK_FALSE(stop.given_up(kStart));
  CHECK(stop.due(Wish::end_now, kStart) == SIGKILL);
  os::Time now = kStart;
  while (!stop.given_up(now)) now = stop.next();
  CHECK(now - kStart >= 5s);
  CHECK(now - kStart <= 1min);
}
