#include "runner/policy.hpp"

#include <cmath>

namespace mpr::runner {

os::Duration Retry::delay_before(uint32_t attempt) const {
  if (backoff == 1 || attempt <= 2) return delay;
  constexpr double kMost = 1e18;  // 30 years: what is longer comes to the same, and fits
  const double scaled = static_cast<double>(delay.count()) * std::pow(backoff, attempt - 2);
  return os::Duration{static_cast<int64_t>(std::min(scaled, kMost))};
}

std::string supply_variable(const std::string& name) {
  std::string variable = "MPR_";
  for (const char c : name) {
    if (c >= 'a' && c <= 'z')
      variable += static_cast<char>(c - 'a' + 'A');
    else
      variable += c == '-' ? '_' : c;
  }
  return variable;
}

}  // namespace mpr::runner
