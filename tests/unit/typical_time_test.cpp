#include "runner/typical_time.hpp"

#include <catch2/catch.hpp>

using namespace mpr;
using namespace std::chrono_literals;
using runner::TypicalTime;

TEST_CASE("how long tasks take is not known before one has ended, and nothing is given ahead") {
  const TypicalTime typical;
  CHECK(typical.get() == 0ns);
  CHECK_FALSE(typical.is_short());
  CHECK(typical.patience() == 20ms);
}

TEST_CASE("the shorter tasks are, the more are given ahead, within bounds") {
  const auto ahead = [](os::Duration each) {
    TypicalTime typical;
    typical.learn(each);
    REQUIRE(typical.is_short());
    return typical.tasks_ahead();
  };
  CHECK(ahead(49ms) == 1);
  CHECK(ahead(2ms) == 5);
  CHECK(ahead(1us) == TypicalTime::kMostAhead);
  CHECK(ahead(0ns) == TypicalTime::kMostAhead);

  TypicalTime typical;
  typical.learn(50ms);
  CHECK_FALSE(typical.is_short());
}

TEST_CASE("what tasks take lately counts most, and one alone for little") {
  TypicalTime typical;
  typical.learn(8ms);
  typical.learn(16ms);
  CHECK(typical.get() == 9ms);
  for (int task = 0; task < 50; ++task) typical.learn(100ms);
  CHECK(typical.get() > 95ms);
  CHECK(typical.patience() == 8 * typical.get());
}
