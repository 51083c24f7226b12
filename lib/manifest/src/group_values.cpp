#include "manifest/group_values.hpp"

#include <utility>

#include "manifest/error.hpp"

namespace mpr::manifest {
namespace {

LineReader open_lines(const std::string& path, os::FdRef standard_input, char separator) {
  return path == "-" ? LineReader::standard_input(standard_input, separator) : LineReader::file(path, separator);
}

}  // namespace

GroupValues::GroupValues(InputGroup group, os::FdRef standard_input, char separator) {
  for (auto& spec : group.specs) {
    if (auto* value = std::get_if<std::string>(&spec)) {
      if (parts_.empty() || !std::holds_alternative<std::vector<std::string>>(parts_.back()))
        parts_.emplace_back(std::vector<std::string>{});
      std::get<std::vector<std::string>>(parts_.back()).push_back(std::move(*value));
    } else if (const auto* range = std::get_if<Range>(&spec)) {
      parts_.emplace_back(*range);
    } else if (auto* values = std::get_if<Values>(&spec)) {
      parts_.emplace_back(std::move(*values));
    } else {
      parts_.emplace_back(open_lines(std::get<LinesOf>(spec).path, standard_input, separator));
    }
  }
}

Step GroupValues::next(std::string& value) {
  for (; part_ < parts_.size(); ++part_, position_ = 0) {
    if (auto* lines = std::get_if<LineReader>(&parts_[part_])) {
      const Step step = lines->next(value);
      if (step != Step::end) return step;
    } else if (const auto* range = std::get_if<Range>(&parts_[part_])) {
      if (position_ == range->size()) continue;
      range->write(position_++, value);
      return Step::value;
    } else {
      const auto& values = std::get<std::vector<std::string>>(parts_[part_]);
      if (position_ == values.size()) continue;
      value = values[position_++];
      return Step::value;
    }
  }
  return Step::end;
}

Step GroupValues::load() {
  for (; part_ < parts_.size(); ++part_) {
    auto* reader = std::get_if<LineReader>(&parts_[part_]);
    if (reader == nullptr) continue;
    std::string line;
    Step step = Step::value;
    while ((step = reader->next(line)) == Step::value) lines_.push_back(line);
    if (step == Step::wait) return step;
    parts_[part_] = std::exchange(lines_, {});
  }
  return Step::end;
}

void GroupValues::at(uint64_t index, std::string& value) const {
  for (const auto& part : parts_) {
    const auto* range = std::get_if<Range>(&part);
    const auto* values = std::get_if<std::vector<std::string>>(&part);
    const uint64_t size = range != nullptr ? range->size() : values->size();
    if (index >= size) {
      index -= size;
      continue;
    }
    if (range != nullptr)
      range->write(index, value);
    else
      value = (*values)[index];
    return;
  }
}

std::optional<uint64_t> GroupValues::size() const {
  uint64_t total = 0;
  for (const auto& part : parts_) {
    if (std::holds_alternative<LineReader>(part)) return std::nullopt;
    const auto* range = std::get_if<Range>(&part);
    const uint64_t size = range != nullptr ? range->size() : std::get<std::vector<std::string>>(part).size();
    if (__builtin_add_overflow(total, size, &total))
      throw Error("an input group has more values than 64 bits can count");
  }
  return total;
}

os::FdRef GroupValues::wait_fd() const {
  const auto* reader = part_ < parts_.size() ? std::get_if<LineReader>(&parts_[part_]) : nullptr;
  return reader != nullptr ? reader->wait_fd() : os::FdRef{};
}

}  // namespace mpr::manifest
