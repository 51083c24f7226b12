#include "manifest/duration.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "manifest/error.hpp"

namespace mpr::manifest {
namespace {

struct Unit {
  std::string_view name;
  int64_t nanoseconds;
};

constexpr int64_t kMillisecond = 1'000'000;
constexpr int64_t kSecond = 1000 * kMillisecond;
constexpr int64_t kMinute = 60 * kSecond;
constexpr int64_t kHour = 60 * kMinute;
constexpr int64_t kDay = 24 * kHour;
constexpr std::array<Unit, 5> kUnits{{{"d", kDay}, {"h", kHour}, {"m", kMinute}, {"s", kSecond}, {"ms", kMillisecond}}};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Reads one duration from its first number to its last unit.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text), rest_(text) {}

  os::Duration parse() {
    if (text_.empty()) fail("it is empty");
    if (text_.front() == '-') fail("it is negative");
    do add_component();
    while (!rest_.empty());
    return os::Duration(total_);
  }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw Error("'" + std::string(text_) + "' is not a duration: " + why, "write it like 250ms, 30s, 5m or 1h30m");
  }

  std::string_view take(bool (*wanted)(char)) {
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), wanted);
    const auto taken = rest_.substr(0, static_cast<size_t>(end - rest_.begin()));
    rest_.remove_prefix(taken.size());
    return taken;
  }

  void add_component() {
    const std::string_view from = rest_;
    const auto whole = take(is_digit);
    std::string_view fraction;
    if (rest_.starts_with('.')) {
      rest_.remove_prefix(1);
      fraction = take(is_digit);
      if (fraction.empty()) fail("a number is missing after '.'");
    } else if (whole.empty()) {
      fail("a number is missing before '" + std::string(rest_) + "'");
    }
    const bool is_bare = from.size() == text_.size() && rest_.empty();
    const auto unit = is_bare ? kSecond : take_unit(from.substr(0, from.size() - rest_.size()));
    if (!fraction.empty() && !rest_.empty()) fail("only its last number may have a fraction");
    add(whole, fraction, unit);
  }

  int64_t take_unit(std::string_view number) {
    const auto name = take([](char c) { return !is_digit(c) && c != '.'; });
    if (name.empty()) fail("'" + std::string(number) + "' has no unit (d, h, m, s or ms)");
    const auto* unit = std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& u) { return u.name == name; });
    if (unit == kUnits.end()) fail("unknown unit '" + std::string(name) + "' (d, h, m, s or ms)");
    if (smallest_ && unit->nanoseconds >= *smallest_) fail("its units must descend, as in 1h30m");
    smallest_ = unit->nanoseconds;
    return unit->nanoseconds;
  }

  void add(std::string_view whole, std::string_view fraction, int64_t unit) {
    int64_t number = 0;
    bool overflow = false;
    for (const char c : whole) {
      overflow |= __builtin_mul_overflow(number, 10, &number);
      overflow |= __builtin_add_overflow(number, c - '0', &number);
    }
    overflow |= __builtin_mul_overflow(number, unit, &number);
    overflow |= __builtin_add_overflow(total_, number, &total_);
    int64_t place = unit;
    for (const char c : fraction) {
      place /= 10;
      overflow |= __builtin_add_overflow(total_, (c - '0') * place, &total_);
    }
    if (overflow) fail("it is longer than 292 years");
  }

  std::string_view text_;
  std::string_view rest_;
  int64_t total_ = 0;
  std::optional<int64_t> smallest_;
};

int64_t round_to(int64_t value, int64_t grain) {
  return (value + grain / 2) / grain * grain;
}

/// 1240, 1000 -> "1.24"; two digits after the point at most, none of them a needless 0.
std::string decimal(int64_t value, int64_t one) {
  std::string text = std::to_string(value / one);
  const int64_t hundredths = value % one / (one / 100);
  if (hundredths == 0) return text;
  text += '.';
  text += static_cast<char>('0' + hundredths / 10);
  if (hundredths % 10 != 0) text += static_cast<char>('0' + hundredths % 10);
  return text;
}

std::string two_units(int64_t value, Unit large, Unit small) {
  std::string text = std::to_string(value / large.nanoseconds) + " " + std::string(large.name);
  const int64_t rest = value % large.nanoseconds / small.nanoseconds;
  if (rest != 0) text += " " + std::to_string(rest) + " " + std::string(small.name);
  return text;
}

}  // namespace

os::Duration parse_duration(std::string_view text) {
  return Parser(text).parse();
}

std::string format_duration(os::Duration duration) {
  int64_t value = duration.count();
  if (value < 0) return "-" + format_duration(value == INT64_MIN ? os::Duration::max() : -duration);
  // Each rounding may carry into the next larger form (59.999 s reads "1 min"), so they go from small to large.
  if (value < 10 * kMillisecond) value = round_to(value, kMillisecond / 100);
  if (value < 10 * kMillisecond) return decimal(value, kMillisecond) + " ms";
  if (value < kSecond) value = round_to(value, kMillisecond);
  if (value < kSecond) return std::to_string(value / kMillisecond) + " ms";
  if (value < kMinute) value = round_to(value, kSecond / 100);
  if (value < kMinute) return decimal(value, kSecond) + " s";
  if (value < kHour) value = round_to(value, kSecond);
  if (value < kHour) return two_units(value, {"min", kMinute}, {"s", kSecond});
  if (value < kDay) value = round_to(value, kMinute);
  if (value < kDay) return two_units(value, {"h", kHour}, {"min", kMinute});
  return two_units(value, {"d", kDay}, {"h", kHour});
}

}  // namespace mpr::manifest
