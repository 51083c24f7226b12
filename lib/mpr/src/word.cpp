#include "mpr/word.hpp"

#include <array>
#include <charconv>
#include <stdexcept>

namespace mpr::word {
namespace {

[[noreturn]] void refuse(std::string_view word, const std::string& fault) {
  throw std::invalid_argument("'" + std::string(word) + "' " + fault);
}

[[noreturn]] void refuse_beyond(std::string_view word, const std::string& least, const std::string& most) {
  if (word.starts_with('-')) refuse(word, "is too small: the smallest is " + least);
  refuse(word, "is too large: the largest is " + most);
}

template <class T>
T parse_whole(std::string_view word, T least, T most) {
  T value{};
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error == std::errc::invalid_argument || end != word.data() + word.size()) refuse(word, "is not a whole number");
  if (error == std::errc::result_out_of_range || value < least || value > most) {
    refuse_beyond(word, std::to_string(least), std::to_string(most));
  }
  return value;
}

template <class T>
void parse_real(std::string_view word, T& value) {
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error == std::errc::invalid_argument || end != word.data() + word.size()) refuse(word, "is not a number");
  if (error == std::errc::result_out_of_range) refuse(word, "is too large, or too close to zero, for a number");
}

template <class T>
std::string print_number(T value) {
  std::array<char, 64> text;
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

}  // namespace

int64_t parse_signed(std::string_view word, int64_t least, int64_t most) {
  return parse_whole(word, least, most);
}

uint64_t parse_unsigned(std::string_view word, uint64_t most) {
  // -0 is 0, and of other negative numbers we say that they are too small.
  if (!word.starts_with('-')) return parse_whole<uint64_t>(word, 0, most);
  const std::string_view digits = word.substr(1);
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) {
    refuse(word, "is not a whole number");
  }
  if (digits.find_first_not_of('0') != std::string_view::npos) refuse_beyond(word, "0", {});
  return 0;
}

void parse_floating(std::string_view word, float& value) {
  parse_real(word, value);
}
void parse_floating(std::string_view word, double& value) {
  parse_real(word, value);
}
void parse_floating(std::string_view word, long double& value) {
  parse_real(word, value);
}

bool parse_bool(std::string_view word) {
  for (const std::string_view yes : {"true", "yes", "1"}) {
    if (word == yes) return true;
  }
  for (const std::string_view no : {"false", "no", "0"}) {
    if (word == no) return false;
  }
  refuse(word, "is neither true nor false");
}

char parse_char(std::string_view word) {
  if (word.size() != 1) refuse(word, "is not a single character");
  return word.front();
}

std::string print_signed(int64_t value) {
  return print_number(value);
}
std::string print_unsigned(uint64_t value) {
  return print_number(value);
}
std::string print_floating(float value) {
  return print_number(value);
}
std::string print_floating(double value) {
  return print_number(value);
}
std::string print_floating(long double value) {
  return print_number(value);
}

}  // namespace mpr::word
