#include "manifest/input_spec.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include "manifest/error.hpp"
#include "manifest/shell_quote.hpp"

namespace mpr::manifest {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_letter(char c) {
  return is_lower(c) || (c >= 'A' && c <= 'Z');
}

std::string_view without_sign(std::string_view part) {
  return part.starts_with('-') ? part.substr(1) : part;
}

bool is_number(std::string_view part) {
  part = without_sign(part);
  return !part.empty() && std::all_of(part.begin(), part.end(), is_digit);
}

bool is_decimal(std::string_view part) {
  const size_t dot = part.find('.');
  if (dot == std::string_view::npos) return false;
  const auto fraction = part.substr(dot + 1);
  return is_number(part.substr(0, dot)) && is_number(fraction) && fraction.front() != '-';
}

/// Could stand in a range, rightly or by mistake.
bool is_range_part(std::string_view part) {
  return is_decimal(part) || std::all_of(part.begin(), part.end(),
                                         [](char c) { return is_digit(c) || is_letter(c) || c == '-' || c == '+'; });
}

std::vector<std::string_view> split_parts(std::string_view word) {
  std::vector<std::string_view> parts;
  for (size_t dots = 0; (dots = word.find("..")) != std::string_view::npos; word.remove_prefix(dots + 2))
    parts.push_back(word.substr(0, dots));
  parts.push_back(word);
  return parts;
}

class RangeParser {
 public:
  explicit RangeParser(std::string_view word) : word_(word), parts_(split_parts(word)) {}

  /// Nothing when the word does not mean a range.
  [[nodiscard]] std::optional<Range> parse() const {
    if (parts_.size() < 2 || word_.find("...") != std::string_view::npos) return std::nullopt;
    if (are_letters()) return letters();
    const bool has_number =
        std::any_of(parts_.begin(), parts_.end(), [](auto part) { return is_number(part) || is_decimal(part); });
    if (!has_number || !std::all_of(parts_.begin(), parts_.end(), is_range_part)) return std::nullopt;
    return numbers();
  }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw Error(
        quoted(word_) + " is not a range: " + why,
        "to pass it as it is, write it after ':::', or: printf '%s\\n' " + shell_quote(word_) + " | mpr map COMMAND");
  }

  static std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

  [[nodiscard]] bool are_letters() const {
    const auto is_one_letter = [](std::string_view part) { return part.size() == 1 && is_letter(part.front()); };
    return is_one_letter(parts_[0]) && is_one_letter(parts_[1]) &&
           (parts_.size() == 2 || (parts_.size() == 3 && is_number(parts_[2])));
  }

  [[nodiscard]] Range letters() const {
    const char first = parts_[0].front();
    const char last = parts_[1].front();
    if (is_lower(first) != is_lower(last)) fail("its letters are of different case");
    return Range::letters(first, last, step());
  }

  [[nodiscard]] Range numbers() const {
    if (parts_.size() > 3) fail("it has more than FIRST..LAST..STEP");
    Range::Ends ends{.first = number(0, "first number"), .last = number(1, "last number"), .step = step()};
    if (is_padded(parts_[0]) || is_padded(parts_[1]))
      ends.width = unsigned(std::max(parts_[0].size(), parts_[1].size()));
    const auto range = Range::numbers(ends);
    if (!range) fail("it has more numbers than 64 bits can count");
    return *range;
  }

  [[nodiscard]] static bool is_padded(std::string_view number) {
    const auto digits = without_sign(number);
    return digits.size() > 1 && digits.front() == '0';
  }

  [[nodiscard]] int64_t number(size_t index, const char* what) const {
    const auto part = parts_[index];
    if (part.empty()) fail(std::string("it has no ") + what);
    if (is_decimal(part)) fail(quoted(part) + " is not a whole number");
    if (!is_number(part)) fail(quoted(part) + " is not a number");
    int64_t value = 0;
    if (std::from_chars(part.data(), part.data() + part.size(), value).ec != std::errc{})
      fail(quoted(part) + " does not fit 64 bits");
    return value;
  }

  [[nodiscard]] uint64_t step() const {
    if (parts_.size() == 2) return 1;
    const int64_t value = number(2, "step");
    if (value == 0) fail("its step is 0");
    return value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
  }

  std::string_view word_;
  std::vector<std::string_view> parts_;
};

}  // namespace

InputSpec parse_input_spec(std::string_view word) {
  if (word == "@") throw Error("'@' names no file", "write @FILE for the lines of a file, @- for standard input");
  if (word.starts_with('@')) return LinesOf{std::string(word.substr(1))};
  if (auto range = RangeParser(word).parse()) return *range;
  return std::string(word);
}

}  // namespace mpr::manifest
