// TaskTable: the tasks of a run that are not final, with their inputs and attempts.
//
// Tasks that travel together are a unit: they have numbers that follow one another, and are known by the first. Most
// units have one task.
//
// Threads: none. Asking for a task that is not there throws std::out_of_range.
#pragma once

#include <map>

#include "runner/rows.hpp"
#include "worker/task.hpp"

namespace mpr::runner {

class TaskTable {
 public:
  struct Unit {
    Rows rows;
    uint32_t attempt = 1;
  };

  /// A unit of its own.
  void add(worker::TaskNumber number, const Inputs& row);
  /// One more for the unit; answers how many tasks that has, and bytes of inputs.
  struct Size {
    uint32_t tasks;
    size_t bytes;
  };
  Size append(worker::TaskNumber first, const Inputs& row);

  [[nodiscard]] const Unit& unit(worker::TaskNumber first) const { return units_.at(first); }
  [[nodiscard]] uint32_t count(worker::TaskNumber first) const { return unit(first).rows.count(); }
  /// The first of the unit that the task is in.
  [[nodiscard]] worker::TaskNumber first_with(worker::TaskNumber number) const;

  [[nodiscard]] Inputs inputs(worker::TaskNumber number) const;
  [[nodiscard]] uint32_t attempt(worker::TaskNumber number) const { return unit(first_with(number)).attempt; }
  /// Of a unit of one task: answers which attempt is next.
  uint32_t next_attempt(worker::TaskNumber number) { return ++units_.at(number).attempt; }

  /// The first `count` tasks of the unit become a unit, and the others another.
  void split(worker::TaskNumber first, uint32_t count);
  /// Forgets the first `count` tasks of the unit. Those left are known by `first + count`.
  void drop(worker::TaskNumber first, uint32_t count);

  [[nodiscard]] bool empty() const { return units_.empty(); }
  [[nodiscard]] size_t units() const { return units_.size(); }
  /// Of all inputs, about.
  [[nodiscard]] size_t bytes() const { return bytes_; }

 private:
  std::map<worker::TaskNumber, Unit> units_;
  size_t bytes_ = 0;
};

}  // namespace mpr::runner
