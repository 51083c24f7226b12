#include "manifest/input_source.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "manifest/error.hpp"

namespace mpr::manifest {
namespace {

void check_standard_input_once(const std::vector<InputGroup>& groups) {
  unsigned uses = 0;
  for (const auto& group : groups)
    for (const auto& spec : group.specs)
      if (const auto* lines = std::get_if<LinesOf>(&spec); lines != nullptr && lines->path == "-") ++uses;
  if (uses > 1)
    throw Error("standard input is named as an input " + std::to_string(uses) + " times, but can be read only once",
                "write it to a file first, and name that twice: @FILE");
}

void check_names_once(std::span<const std::string> names) {
  for (size_t i = 0; i < names.size(); ++i)
    if (!names[i].empty() && std::count(names.begin(), names.end(), names[i]) > 1)
      throw Error("two input groups are named '" + names[i] + "'");
}

[[noreturn]] void throw_uneven(const std::string& one, const std::string& other) {
  throw Error("linked inputs differ in number: " + one + ", " + other,
              "link groups of the same length, or leave out the link for every combination");
}

}  // namespace

InputSource::InputSource(std::vector<InputGroup> groups, Options options) {
  if (groups.empty()) groups.push_back({.name = {}, .linked = false, .specs = {LinesOf{"-"}}});
  check_standard_input_once(groups);
  for (auto& group : groups) {
    const size_t index = groups_.size();
    if (index == 0 || !group.linked) units_.push_back({.begin = index, .end = index});
    units_.back().end = index + 1;
    names_.push_back(group.name);
    groups_.emplace_back(std::move(group), options.standard_input, options.separator);
  }
  check_names_once(names_);
  uint64_t product = 1;
  for (const auto& unit : units_) {
    check_lengths(unit);
    if (__builtin_mul_overflow(product, unit_size(unit).value_or(1), &product))
      throw Error("the inputs make more tasks than 64 bits can count");
  }
  head_.resize(units_.front().end);
  head_steps_.assign(units_.front().end, Step::wait);
}

Step InputSource::next(runner::Inputs& row) {
  if (!loaded_ && load_later_units() == Step::wait) return Step::wait;
  if (ended_) return Step::end;
  if (!in_row_) {
    const Step step = advance_first_unit();
    if (step != Step::value) return step;
  }
  fill_row(row);
  advance_later_units();
  return Step::value;
}

Step InputSource::load_later_units() {
  for (auto& unit : std::span(units_).subspan(1)) {
    for (size_t group = unit.begin; group < unit.end; ++group) {
      if (groups_[group].load() != Step::wait) continue;
      wait_fd_ = groups_[group].wait_fd();
      return Step::wait;
    }
    check_lengths(unit);
    unit.size = groups_[unit.begin].size().value_or(0);
    if (unit.size == 0) ended_ = true;
  }
  loaded_ = true;
  return Step::end;
}

Step InputSource::advance_first_unit() {
  bool waits = false;
  for (size_t group = 0; group < head_.size(); ++group) {
    if (head_steps_[group] == Step::wait) head_steps_[group] = groups_[group].next(head_[group]);
    if (head_steps_[group] != Step::wait) continue;
    if (!waits) wait_fd_ = groups_[group].wait_fd();
    waits = true;
  }
  throw_if_uneven(head_steps_);
  if (waits) return Step::wait;
  if (head_steps_.front() == Step::end) {
    ended_ = true;
    return Step::end;
  }
  std::fill(head_steps_.begin(), head_steps_.end(), Step::wait);
  in_row_ = true;
  ++head_rows_;
  return Step::value;
}

void InputSource::throw_if_uneven(const std::vector<Step>& steps) const {
  const auto ended = std::find(steps.begin(), steps.end(), Step::end);
  const auto more = std::find(steps.begin(), steps.end(), Step::value);
  if (ended == steps.end() || more == steps.end()) return;
  const auto short_one = static_cast<size_t>(ended - steps.begin());
  const auto long_one = static_cast<size_t>(more - steps.begin());
  const auto size = groups_[long_one].size();
  throw_uneven(
      group_title(short_one) + " has " + std::to_string(head_rows_),
      group_title(long_one) + " has " + (size ? std::to_string(*size) : "at least " + std::to_string(head_rows_ + 1)));
}

void InputSource::fill_row(runner::Inputs& row) {
  row.resize(groups_.size());
  // The only unit's values are used once, so they change places with the row's old ones: no copy, no allocation.
  for (size_t group = 0; group < head_.size(); ++group) {
    if (units_.size() == 1)
      row[group].swap(head_[group]);
    else
      row[group] = head_[group];
  }
  for (const auto& unit : std::span(units_).subspan(1))
    for (size_t group = unit.begin; group < unit.end; ++group) groups_[group].at(unit.position, row[group]);
}

void InputSource::advance_later_units() {
  for (size_t i = units_.size(); i-- > 1;) {
    if (++units_[i].position < units_[i].size) return;
    units_[i].position = 0;
  }
  in_row_ = false;
}

std::optional<uint64_t> InputSource::total() const {
  uint64_t product = 1;
  for (const auto& unit : units_) {
    auto size = unit_size(unit);
    if (!size && ended_ && unit.begin == 0) size = head_rows_;
    if (!size || __builtin_mul_overflow(product, *size, &product)) return std::nullopt;
  }
  return product;
}

std::optional<uint64_t> InputSource::unit_size(const Unit& unit) const {
  for (size_t group = unit.begin; group < unit.end; ++group)
    if (!groups_[group].size()) return std::nullopt;
  return groups_[unit.begin].size();
}

void InputSource::check_lengths(const Unit& unit) const {
  std::optional<size_t> known;
  for (size_t group = unit.begin; group < unit.end; ++group) {
    const auto size = groups_[group].size();
    if (!size) continue;
    if (known && groups_[*known].size() != size)
      throw_uneven(group_title(*known) + " has " + std::to_string(*groups_[*known].size()),
                   group_title(group) + " has " + std::to_string(*size));
    known = group;
  }
}

std::string InputSource::group_title(size_t group) const {
  return names_[group].empty() ? "group " + std::to_string(group + 1) : "group '" + names_[group] + "'";
}

}  // namespace mpr::manifest
