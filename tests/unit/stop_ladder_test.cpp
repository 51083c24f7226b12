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

}  // namespace

TEST_CASE("a task without a timeout is never stopped") {
  StopLadder stop = ladder({});
  CHECK(stop.next() == os::kNever);
  CHECK(stop.due(Wish::go_on, kStart + 24h * 365) == kNothing);
  CHECK_FALSE(stop.stopping());
  CHECK_FALSE(stop.reason());
}

TEST_CASE("a task that has timed out is sent SIGTERM, and SIGKILL only when kill_after has passed too") {
  StopLadder stop = ladder(2s, 5s);
  CHECK(stop.next() == kStart + 2s);
  CHECK(stop.due(Wish::go_on, kStart + 2s - 1ns) == kNothing);
  CHECK(stop.due(Wish::go_on, kStart + 2s) == SIGTERM);
  CHECK(stop.next() == kStart + 7s);
  CHECK(stop.due(Wish::go_on, kStart + 7s - 1ns) == kNothing);
  CHECK(stop.due(Wish::go_on, kStart + 7s) == SIGKILL);
  CHECK(stop.due(Wish::go_on, kStart + 24h) == kNothing);
  CHECK(stop.reason() == Ending::timed_out);
}

TEST_CASE("kill_after counts from the SIGTERM, however late that was sent") {
  StopLadder stop = ladder(2s, 5s);
  CHECK(stop.due(Wish::go_on, kStart + 60s) == SIGTERM);
  CHECK(stop.next() == kStart + 65s);
}

TEST_CASE("a cancelled task climbs the same ladder") {
  StopLadder stop = ladder({}, 5s);
  CHECK(stop.due(Wish::cancel, kStart + 1s) == SIGTERM);
  CHECK(stop.stopping());
  CHECK(stop.due(Wish::cancel, kStart + 1s) == kNothing);
  CHECK(stop.due(Wish::cancel, kStart + 6s) == SIGKILL);
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
  CHECK(stop.due(Wish::go_on, kStart + 2s) == SIGTERM);
  CHECK(stop.due(Wish::end_now, kStart + 3s) == SIGKILL);
  CHECK(stop.reason() == Ending::timed_out);
}

TEST_CASE("a task that is being stopped for its timeout keeps that reason when the run is cancelled too") {
  StopLadder stop = ladder(2s, 5s);
  CHECK(stop.due(Wish::go_on, kStart + 2s) == SIGTERM);
  CHECK(stop.due(Wish::cancel, kStart + 3s) == kNothing);
  CHECK(stop.next() == kStart + 7s);
  CHECK(stop.reason() == Ending::timed_out);
}

TEST_CASE("with no time between them, SIGKILL follows SIGTERM at once") {
  StopLadder stop = ladder(2s, 0s);
  CHECK(stop.due(Wish::go_on, kStart + 2s) == SIGTERM);
  CHECK(stop.due(Wish::go_on, kStart + 2s) == SIGKILL);
}

TEST_CASE("a kill_after without end never leads to SIGKILL") {
  StopLadder stop = ladder(2s, os::Duration::max());
  CHECK(stop.due(Wish::go_on, kStart + 2s) == SIGTERM);
  CHECK(stop.next() == os::kNever);
  CHECK(stop.due(Wish::go_on, kStart + 24h * 365) == kNothing);
}

TEST_CASE("a process that SIGKILL does not end is given up, but not soon") {
  StopLadder stop = ladder({});
  CHECK_FALSE(stop.given_up(kStart));
  CHECK(stop.due(Wish::end_now, kStart) == SIGKILL);
  CHECK_FALSE(stop.given_up(kStart + 1s));
  CHECK(stop.given_up(stop.next()));
  CHECK(stop.next() - kStart >= 5s);
}
