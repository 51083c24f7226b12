#include "manifest/size.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "manifest/error.hpp"

namespace mpr::manifest {
namespace {

[[noreturn]] void fail(std::string_view text, const std::string& why) {
  throw Error("'" + std::string(text) + "' is not a size: " + why, "write it like 500M, 1.5G or 1048576 (bytes)");
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string_view take_digits(std::string_view& rest) {
  const auto end = std::find_if_not(rest.begin(), rest.end(), is_digit);
  const auto digits = rest.substr(0, static_cast<size_t>(end - rest.begin()));
  rest.remove_prefix(digits.size());
  return digits;
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// How many times 1024 a unit is multiplied with itself; nothing known: -1.
int power_of(std::string_view unit) {
  constexpr std::string_view kLetters = "kmgt";
  std::string name(unit);
  std::transform(name.begin(), name.end(), name.begin(), lower);
  if (name.empty() || name == "b") return 0;
  const size_t letter = kLetters.find(name.front());
  const auto suffix = std::string_view(name).substr(1);
  if (letter == std::string_view::npos || !(suffix.empty() || suffix == "b" || suffix == "ib")) return -1;
  return static_cast<int>(letter) + 1;
}

/// `fraction` (digits behind the point) of `unit` bytes, exactly: long division, so that no digit is lost to rounding.
uint64_t fraction_of(std::string_view fraction, uint64_t unit) {
  // Twelve digits decide every byte of a T (2^40); with more the product would not fit 64 bits.
  constexpr size_t kMostDigits = 12;
  uint64_t bytes = 0;
  uint64_t digits = 0;
  uint64_t scale = 1;
  for (const char c : fraction.substr(0, kMostDigits)) {
    digits = digits * 10 + static_cast<uint64_t>(c - '0');
    scale *= 10;
  }
  // One bit of the unit after the other: digits stays below scale, so doubling it never overflows.
  for (uint64_t bit = unit; bit > 1; bit /= 2) {
    digits *= 2;
    bytes = bytes * 2 + digits / scale;
    digits %= scale;
  }
  return bytes;
}

}  // namespace

uint64_t parse_size(std::string_view text) {
  std::string_view rest = text;
  if (rest.empty()) fail(text, "it is empty");
  if (rest.front() == '-') fail(text, "it is negative");
  const auto whole = take_digits(rest);
  if (whole.empty()) fail(text, "it does not begin with a number");
  std::string_view fraction;
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    fraction = take_digits(rest);
    if (fraction.empty()) fail(text, "a number is missing after '.'");
  }
  const int power = power_of(rest);
  if (power < 0) fail(text, "unknown unit '" + std::string(rest) + "' (K, M, G or T)");
  if (power == 0 && !fraction.empty()) fail(text, "there are no fractions of a byte");

  const uint64_t unit = uint64_t{1} << (10U * static_cast<unsigned>(power));
  uint64_t bytes = 0;
  bool overflow = false;
  for (const char c : whole) {
    overflow |= __builtin_mul_overflow(bytes, uint64_t{10}, &bytes);
    overflow |= __builtin_add_overflow(bytes, static_cast<uint64_t>(c - '0'), &bytes);
  }
  overflow |= __builtin_mul_overflow(bytes, unit, &bytes);
  overflow |= __builtin_add_overflow(bytes, fraction_of(fraction, unit), &bytes);
  if (overflow) fail(text, "it does not fit 64 bits");
  return bytes;
}

}  // namespace mpr::manifest
