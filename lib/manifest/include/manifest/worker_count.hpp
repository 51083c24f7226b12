// How people write a number of workers: `4`, `50%` of the CPUs, or `auto` for all of them.
//
//   parse_worker_count("50%", 8)       // 4
//
// Errors: throws Error for none (`0`), for more than kMostWorkers, and for anything that is not a number of workers.
#pragma once

#include <string_view>

namespace mpr::manifest {

/// Each worker is a process and four pipe ends of its parent: beyond this the number is a slip of the finger.
inline constexpr unsigned kMostWorkers = 10'000;

/// `cpu_budget`: what `auto` and 100% stand for. A percentage is rounded to the nearest, but gives one worker at least.
[[nodiscard]] unsigned parse_worker_count(std::string_view text, unsigned cpu_budget);

}  // namespace mpr::manifest
