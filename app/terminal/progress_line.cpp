#include "terminal/progress_line.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <vector>

#include "manifest/duration.hpp"

namespace mpr::app {
namespace {

// What would take longer is not worth a number, and might not fit one.
constexpr double kLongestEstimate = 1000.0 * 24 * 3600;

/// Three significant digits, without needless zeros: 1480, 14.8, 0.05.
std::string three_digits(double number) {
  number = std::clamp(number, 0.0, 1e15);
  int decimals = 2;
  if (number >= 10) decimals = 1;
  if (number >= 100) decimals = 0;
  if (number >= 1000) {
    const double grain = std::pow(10, std::floor(std::log10(number)) - 2);
    number = std::round(number / grain) * grain;
  }
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.begin(), buffer.end(), number, std::chars_format::fixed, decimals);
  std::string text(buffer.begin(), end.ptr);
  if (decimals == 0) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

/// In the unit that gives a number of at least 1, if there is one; empty when there is next to none.
std::string rate_text(double per_second) {
  if (per_second * 3600 < 0.01) return {};
  if (per_second >= 1) return three_digits(per_second) + "/s";
  if (per_second * 60 >= 1) return three_digits(per_second * 60) + "/min";
  return three_digits(per_second * 3600) + "/h";
}

/// Empty when it cannot be told.
std::string left_text(const ProgressState& state) {
  if (!state.total || *state.total <= state.done || state.rate.value_or(0) <= 0) return {};
  const double seconds = std::ceil(static_cast<double>(*state.total - state.done) / *state.rate);
  if (seconds > kLongestEstimate) return {};
  return manifest::format_duration(std::chrono::seconds(static_cast<int64_t>(seconds))) + " left";
}

struct Part {
  std::string text;
  int importance;
};

std::vector<Part> parts_of(const ProgressState& state) {
  std::vector<Part> parts;
  const auto add = [&](std::string text, int importance) {
    if (!text.empty()) parts.push_back({std::move(text), importance});
  };
  const auto counted = [](uint64_t count, const char* what) {
    return count == 0 ? std::string() : std::to_string(count) + what;
  };
  add(counted(state.running, " running"), 2);
  add(counted(state.failed, " failed"), 6);
  add(counted(state.retried, " retried"), 1);
  if (state.took) {
    add("took " + manifest::format_duration(*state.took), 5);
    return parts;
  }
  add(rate_text(state.rate.value_or(0)), 3);
  add(left_text(state), 4);
  return parts;
}

}  // namespace

std::string progress_line(const ProgressState& state, unsigned width) {
  const auto fits = [&](const std::string& text) { return text.size() < width; };
  const std::string count = std::to_string(state.done) + (state.total ? "/" + std::to_string(*state.total) : "");
  std::vector<Part> parts = parts_of(state);
  while (true) {
    std::string line = "mpr: " + count + " done";
    for (const Part& part : parts) line += ", " + part.text;
    if (fits(line)) return line;
    if (parts.empty()) break;
    parts.erase(std::min_element(parts.begin(), parts.end(),
                                 [](const Part& a, const Part& b) { return a.importance < b.importance; }));
  }
  for (const std::string& line : {count + " done", count}) {
    if (fits(line)) return line;
  }
  return {};
}

}  // namespace mpr::app
