#include "manifest/worker_count.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>

#include "manifest/error.hpp"

namespace mpr::manifest {
namespace {

constexpr const char* kHint = "use a number, a percentage of the CPUs such as 50%, or auto";

}  // namespace

unsigned parse_worker_count(std::string_view text, unsigned cpu_budget) {
  if (text == "auto") return std::clamp(cpu_budget, 1U, kMostWorkers);
  const bool percent = text.ends_with('%');
  const std::string_view digits = percent ? text.substr(0, text.size() - 1) : text;
  const std::string word = "'" + std::string(text) + "'";

  uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (digits.empty() || end != digits.data() + digits.size() || error == std::errc::invalid_argument)
    throw Error(word + " is not a number of workers", kHint);
  const bool overflow = error == std::errc::result_out_of_range ||
                        (percent && __builtin_mul_overflow(number, uint64_t{cpu_budget}, &number));
  if (!overflow && number == 0) throw Error("zero workers: " + word + " would run nothing", kHint);
  if (percent) number = std::max<uint64_t>(1, number / 100 + (number % 100 >= 50 ? 1 : 0));
  if (overflow || number > kMostWorkers)
    throw Error("too many workers: " + word + " is more than " + std::to_string(kMostWorkers), kHint);
  return static_cast<unsigned>(number);
}

}  // namespace mpr::manifest
