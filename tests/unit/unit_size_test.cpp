#include "runner/unit_size.hpp"

#include <catch2/catch.hpp>

using mpr::runner::UnitSize;
using namespace std::chrono_literals;

TEST_CASE("nothing is put together before it is known how long a task takes") {
  CHECK(UnitSize{}.tasks() == 1);
}

TEST_CASE("as many tasks are put together as take some milliseconds") {
  UnitSize size;
  for (int i = 0; i < 10; ++i) size.learn(size.tasks(), size.tasks() * 10us);
  CHECK(size.tasks() == 200);
}

TEST_CASE("a first task that was much shorter than the others does not make a huge unit") {
  UnitSize size;
  size.learn(1, 1ns);
  CHECK(size.tasks() == 8);
  size.learn(8, 8s);
  CHECK(size.tasks() == 1);
}

TEST_CASE("a few answers of many do not make the next unit small") {
  UnitSize size;
  for (int i = 0; i < 10; ++i) size.learn(size.tasks(), size.tasks() * 1us);
  const auto before = size.tasks();
  size.learn(1, 1us);
  CHECK(size.tasks() == before);
}

TEST_CASE("tasks that take no time are not put together without bound") {
  UnitSize size;
  for (int i = 0; i < 10; ++i) size.learn(size.tasks(), 0ns);
  CHECK(size.tasks() == 8192);
}
