#include "worker/pace.hpp"

#include <catch2/catch.hpp>

using mpr::worker::Pace;
using namespace std::chrono_literals;

namespace {

/// As the scheduler has it for what it gives a worker.
Pace for_units() {
  return Pace{2ms, 8192};
}

}  // namespace

TEST_CASE("pace: at first, one at a time") {
  CHECK(Pace{}.tasks() == 1);
}

TEST_CASE("pace: grows to a millisecond of answers, eightfold at the most each time") {
  Pace pace;
  pace.answered(1, 10us);
  CHECK(pace.tasks() == 8);
  pace.answered(8, 80us);
  CHECK(pace.tasks() == 64);
  pace.answered(8, 80us);
  CHECK(pace.tasks() == 100);
}

TEST_CASE("pace: falls at once, to one for what takes a millisecond") {
  Pace pace;
  for (int round = 0; round < 5; ++round) pace.answered(100, 100us);
  CHECK(pace.tasks() == 1000);
  pace.answered(1, 200us);
  CHECK(pace.tasks() == 5);
  pace.answered(1, 1h);
  CHECK(pace.tasks() == 1);
}

TEST_CASE("pace: is bounded for what takes no time at all") {
  Pace pace;
  for (int round = 0; round < 20; ++round) pace.answered(1000, 0ns);
  CHECK(pace.tasks() >= 1000);
  CHECK(pace.tasks() <= 100'000);
  pace.start_again();
  CHECK(pace.tasks() == 1);
}

TEST_CASE("pace: as many tasks are put together as take some milliseconds") {
  Pace size = for_units();
  for (int i = 0; i < 10; ++i) size.answered(size.tasks(), size.tasks() * 10us);
  CHECK(size.tasks() == 200);
}

TEST_CASE("pace: a first task that was much shorter than the others does not make a huge unit") {
  Pace size = for_units();
  size.answered(1, 1ns);
  CHECK(size.tasks() == 8);
  size.answered(8, 8s);
  CHECK(size.tasks() == 1);
}

TEST_CASE("pace: a few answers of many do not make the next unit small") {
  Pace size = for_units();
  for (int i = 0; i < 10; ++i) size.answered(size.tasks(), size.tasks() * 1us);
  const auto before = size.tasks();
  size.answered(1, 1us);
  CHECK(size.tasks() == before);
}

TEST_CASE("pace: tasks that take no time are not put together without bound") {
  Pace size = for_units();
  for (int i = 0; i < 10; ++i) size.answered(size.tasks(), 0ns);
  CHECK(size.tasks() == 8192);
}
