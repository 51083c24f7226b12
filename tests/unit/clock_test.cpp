#include "os/clock.hpp"

#include <chrono>
#include <limits>

#include <catch2/catch.hpp>

using namespace mpr::os;
using namespace std::chrono_literals;

namespace {

const Time kNow = Time{} + 1h;

}  // namespace

TEST_CASE("later is the sum of time and duration") {
  CHECK(later(kNow, 0ns) == kNow);
  CHECK(later(kNow, 1500ms) == kNow + 1500ms);
}

TEST_CASE("later is never instead of an overflow") {
  CHECK(later(kNow, Duration::max()) == kNever);
  CHECK(later(kNever, 0ns) == kNever);
  CHECK(later(kNever, 1h) == kNever);
  CHECK(later(kNever - 1h, 1h) == kNever);
  CHECK(later(kNever - 1h, 1h - 1ns) == kNever - 1ns);
}

TEST_CASE("what is left until a deadline is rounded up to milliseconds, so that nobody wakes up too early") {
  CHECK(poll_milliseconds(kNow + 1ns, kNow) == 1);
  CHECK(poll_milliseconds(kNow + 1ms, kNow) == 1);
  CHECK(poll_milliseconds(kNow + 1ms + 1ns, kNow) == 2);
}

TEST_CASE("nothing is left until a deadline that is past") {
  CHECK(poll_milliseconds(kNow, kNow) == 0);
  CHECK(poll_milliseconds(kNow - 1ns, kNow) == 0);
  CHECK(poll_milliseconds(Time::min(), kNow) == 0);
}

TEST_CASE("never is what poll(2) takes for never") {
  CHECK(poll_milliseconds(kNever, kNow) == -1);
}

TEST_CASE("a deadline in a hundred years is not taken for a short one") {
  CHECK(poll_milliseconds(kNow + 24h * 36500, kNow) == std::numeric_limits<int>::max());
  CHECK(poll_milliseconds(kNever - 1ns, kNow) == std::numeric_limits<int>::max());
}

TEST_CASE("the clock does not count what is to be forgotten, and steady_clock is told apart from it") {
  const auto steady_before = std::chrono::steady_clock::now();
  const Time before = Clock::now();
  const auto until = steady_before + 20ms;
  while (std::chrono::steady_clock::now() < until) sleep_for(1ms);
  const Time deadline = Clock::now() + 1h;
  Clock::forget_since(before);
  const Time after = Clock::now();
  const auto steady_after = std::chrono::steady_clock::now();
  CHECK(after >= before);
  CHECK(after - before < (steady_after - steady_before) - 10ms);
  CHECK(deadline - after > 1h + 10ms);
  // What another process tells of a time before, in or behind the gap.
  CHECK(Clock::of_steady(steady_before) <= before);
  CHECK(Clock::of_steady(steady_before + 10ms) <= after);
  CHECK(Clock::of_steady(steady_after) >= after);
  CHECK(Clock::of_steady(Clock::to_steady(after)) == after);
}

TEST_CASE("a time to come is forgotten by nobody") {
  const Time before = Clock::now();
  Clock::forget_since(before + 1h);
  CHECK(Clock::now() - before < 1h);
  CHECK(Clock::to_steady(kNever) == kNever);
}
