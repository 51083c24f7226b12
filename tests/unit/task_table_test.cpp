#include "runner/task_table.hpp"

#include <stdexcept>

#include <catch2/catch.hpp>

#include "worker/batch.hpp"

using namespace mpr;
using namespace mpr::runner;

namespace {

Inputs row(int number) {
  return {"value " + std::to_string(number), number % 2 == 0 ? "" : "odd"};
}

/// One unit with the tasks 10..10+count-1.
TaskTable table(int count) {
  TaskTable tasks;
  tasks.add(10, row(10));
  for (int number = 11; number < 10 + count; ++number) (void)tasks.append(10, row(number));
  return tasks;
}

}  // namespace

TEST_CASE("rows are read as they were written, wherever they were cut") {
  TaskTable tasks = table(7);
  tasks.split(10, 3);
  CHECK(tasks.count(10) == 3);
  CHECK(tasks.count(13) == 4);
  tasks.drop(13, 2);
  CHECK(tasks.units() == 2);
  for (const int number : {10, 11, 12, 15, 16})
    CHECK(tasks.inputs(static_cast<worker::TaskNumber>(number)) == row(number));
  CHECK(tasks.first_with(12) == 10);
  CHECK(tasks.first_with(16) == 15);
}

TEST_CASE("a task that has left the table, or never was there, is not found") {
  TaskTable tasks = table(4);
  tasks.drop(10, 2);
  CHECK_THROWS_AS(tasks.inputs(9), std::out_of_range);
  CHECK_THROWS_AS(tasks.inputs(10), std::out_of_range);
  CHECK_THROWS_AS(tasks.inputs(11), std::out_of_range);
  CHECK_THROWS_AS(tasks.inputs(14), std::out_of_range);
  CHECK_THROWS_AS(tasks.drop(10, 1), std::out_of_range);
}

TEST_CASE("a table that all tasks have left holds nothing") {
  TaskTable tasks = table(1000);
  CHECK(tasks.bytes() > 1000 * 8);
  tasks.split(10, 999);
  tasks.drop(1009, 1);
  for (worker::TaskNumber number = 10; number < 1009; ++number) tasks.drop(number, 1);
  CHECK(tasks.empty());
  CHECK(tasks.bytes() == 0);
}

TEST_CASE("rows are laid out as the requests of a batch are") {
  const TaskTable tasks = table(3);
  worker::Requests requests{tasks.unit(10).rows.bytes(), 2};
  worker::Requests::Words words;
  for (int number = 10; number < 13; ++number) {
    REQUIRE(requests.next(words));
    CHECK(Inputs(words.begin(), words.end()) == row(number));
  }
  CHECK_FALSE(requests.next(words));
}
