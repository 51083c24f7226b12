#include "manifest/range.hpp"

#include <array>
#include <charconv>

namespace mpr::manifest {

std::optional<Range> Range::numbers(const Ends& ends) {
  const auto first = static_cast<uint64_t>(ends.first);
  const auto last = static_cast<uint64_t>(ends.last);
  const bool down = ends.last < ends.first;
  const uint64_t steps = (down ? first - last : last - first) / ends.step;
  if (steps == UINT64_MAX) return std::nullopt;

  Range range;
  range.first_ = first;
  range.step_ = down ? 0 - ends.step : ends.step;
  range.size_ = steps + 1;
  range.width_ = ends.width;
  return range;
}

Range Range::letters(char first, char last, uint64_t step) {
  Range range = *numbers({.first = first, .last = last, .step = step});
  range.letters_ = true;
  return range;
}

std::string Range::at(uint64_t index) const {
  std::string text;
  write(index, text);
  return text;
}

void Range::write(uint64_t index, std::string& into) const {
  const auto value = static_cast<int64_t>(first_ + index * step_);
  if (letters_) {
    into.assign(1, static_cast<char>(value));
    return;
  }
  std::array<char, 24> digits{};
  const char* end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  into.assign(digits.data(), static_cast<size_t>(end - digits.data()));
  if (into.size() < width_) into.insert(value < 0 ? 1 : 0, width_ - into.size(), '0');
}

}  // namespace mpr::manifest
