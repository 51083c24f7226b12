#include "runner/task_table.hpp"

#include <stdexcept>
#include <utility>

namespace mpr::runner {

using worker::TaskNumber;

void TaskTable::add(TaskNumber number, const Inputs& row) {
  Unit unit;
  unit.rows.append(row);
  bytes_ += unit.rows.bytes().size();
  units_.emplace(number, std::move(unit));
}

TaskTable::Size TaskTable::append(TaskNumber first, const Inputs& row) {
  Rows& rows = units_.at(first).rows;
  const size_t before = rows.bytes().size();
  rows.append(row);
  bytes_ += rows.bytes().size() - before;
  return {rows.count(), rows.bytes().size()};
}

TaskNumber TaskTable::first_with(TaskNumber number) const {
  auto found = units_.upper_bound(number);
  if (found == units_.begin()) throw std::out_of_range("internal error: a task that is not there");
  --found;
  if (number - found->first >= found->second.rows.count()) {
    throw std::out_of_range("internal error: a task that is not there");
  }
  return found->first;
}

Inputs TaskTable::inputs(TaskNumber number) const {
  const TaskNumber first = first_with(number);
  return unit(first).rows.row(static_cast<uint32_t>(number - first));
}

void TaskTable::split(TaskNumber first, uint32_t count) {
  auto node = units_.extract(first);
  Unit front{node.mapped().rows.split_front(count), node.mapped().attempt};
  node.key() = first + count;
  units_.insert(std::move(node));
  units_.emplace(first, std::move(front));
}

void TaskTable::drop(TaskNumber first, uint32_t count) {
  auto node = units_.extract(first);
  if (node.empty()) throw std::out_of_range("internal error: a task that is not there");
  Rows& rows = node.mapped().rows;
  const size_t before = rows.bytes().size();
  rows.drop_front(count);
  bytes_ -= before - rows.bytes().size();
  if (rows.count() == 0) return;
  node.key() = first + count;
  units_.insert(std::move(node));
}

}  // namespace mpr::runner
