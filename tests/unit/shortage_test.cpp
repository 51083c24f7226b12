// Slots without a worker: when they are tried again, and when that is given up.
#include "runner/shortage.hpp"

#include <catch2/catch.hpp>

using namespace mpr;
using namespace mpr::runner;
using namespace std::chrono_literals;

namespace {

constexpr os::Time kStart = os::Time{} + 1h;

/// Refuses whatever is due, for so long; answers how often something was.
unsigned refuse_all(Shortage& shortage, os::Time& now, os::Duration time, unsigned running) {
  const os::Time end = now + time;
  unsigned tries = 0;
  for (; shortage.next() <= end; ++tries) {
    now = shortage.next();
    const auto slot = shortage.due(now);
    REQUIRE(slot);
    shortage.refused(*slot, running, now);
  }
  now = end;
  return tries;
}

}  // namespace

TEST_CASE("a slot without a worker is tried again soon, and then ever more seldom") {
  Shortage shortage{30s};
  os::Time now = kStart;
  shortage.refused(3, 2, now);
  CHECK(shortage.next() == now + 10ms);
  CHECK_FALSE(shortage.due(now + 9ms));
  CHECK(refuse_all(shortage, now, 1s, 2) == 6);  // after 10, 20, 40, 80, 160, 320 ms
  CHECK(refuse_all(shortage, now, 100s, 2) == Approx(100).margin(3));
  CHECK_FALSE(shortage.given_up(now));  // while others work
}

TEST_CASE("slots without a worker are tried one by one") {
  Shortage shortage{30s};
  for (const Slot slot : {5U, 2U, 3U}) shortage.refused(slot, 1, kStart);
  CHECK(shortage.due(kStart + 10ms) == 2U);
  CHECK_FALSE(shortage.has(2));
  CHECK_FALSE(shortage.due(kStart + 1h));  // nothing has come of that one yet
  shortage.started(kStart + 20ms);
  CHECK(shortage.due(kStart + 30ms) == 3U);
  shortage.refused(3, 1, kStart + 30ms);
  CHECK(shortage.has(3));
  CHECK(shortage.has(5));
}

TEST_CASE("without a single worker there is an end to trying") {
  Shortage shortage{30s};
  os::Time now = kStart;
  shortage.refused(1, 0, now);
  (void)refuse_all(shortage, now, 29s, 0);
  CHECK_FALSE(shortage.given_up(now));
  (void)refuse_all(shortage, now, 1s, 0);
  CHECK(shortage.given_up(now));
}

TEST_CASE("one worker begins the time without a worker anew") {
  Shortage shortage{30s};
  os::Time now = kStart;
  shortage.refused(1, 0, now);
  shortage.refused(2, 0, now);
  (void)refuse_all(shortage, now, 29s, 0);
  now = shortage.next();
  REQUIRE(shortage.due(now));
  shortage.started(now);
  shortage.refused(1, 0, now);  // it was lost again
  (void)refuse_all(shortage, now, 29s, 0);
  CHECK_FALSE(shortage.given_up(now));
}
