#include "worker/pace.hpp"

#include <catch2/catch.hpp>

using mpr::worker::Pace;
using namespace std::chrono_literals;

TEST_CASE("pace: at first, one at a time") {
  CHECK(Pace{}.ahead() == 1);
}

TEST_CASE("pace: grows to a millisecond of answers, eightfold at the most each time") {
  Pace pace;
  pace.answered(1, 10us);
  CHECK(pace.ahead() == 8);
  pace.answered(8, 80us);
  CHECK(pace.ahead() == 64);
  pace.answered(8, 80us);
  CHECK(pace.ahead() == 100);
}

TEST_CASE("pace: falls at once, to one for what takes a millisecond") {
  Pace pace;
  for (int round = 0; round < 5; ++round) pace.answered(100, 100us);
  CHECK(pace.ahead() == 1000);
  pace.answered(1, 200us);
  CHECK(pace.ahead() == 5);
  pace.answered(1, 1h);
  CHECK(pace.ahead() == 1);
}

TEST_CASE("pace: is bounded for what takes no time at all") {
  Pace pace;
  for (int round = 0; round < 20; ++round) pace.answered(1000, 0ns);
  CHECK(pace.ahead() >= 1000);
  CHECK(pace.ahead() <= 100'000);
  pace.start_again();
  CHECK(pace.ahead() == 1);
}
