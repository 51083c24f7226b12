// How people write and read durations.
//
//   parse_duration("1h30m")            // 90 minutes; also 250ms 30s 5m 1.5s 2d
//   parse_duration("5")                // 5 s: a bare number is seconds, as for timeout(1) and sleep(1)
//   format_duration(200s)              // "3 min 20 s"
//
// Errors: parse_duration throws Error for anything else, also for what does not fit 64 bits of nanoseconds (292 years).
// Units: days are 24 h. Digits beyond a nanosecond are dropped.
#pragma once

#include <string>
#include <string_view>

#include "os/clock.hpp"

namespace mpr::manifest {

/// Units descend (`1h30m`, never `30m1h`), each at most once; only the last number may have a fraction.
[[nodiscard]] os::Duration parse_duration(std::string_view text);

/// "250 ms", "1.24 s", "3 min 20 s", "2 h 5 min", "3 d 4 h": two units at most, rounded to the nearest.
[[nodiscard]] std::string format_duration(os::Duration duration);

}  // namespace mpr::manifest
