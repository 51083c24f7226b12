// How recorded runs are told, to people and to programs.
#pragma once

#include <string>
#include <vector>

#include "os/clock.hpp"
#include "store/records.hpp"

namespace mpr::app {

/// "succeeded", "interrupted", ...
[[nodiscard]] std::string state_word(store::RunState state);
[[nodiscard]] std::string state_word(store::JobState state);

/// "Nov 22 21:53", or "Nov 22  2025" when that is not in the year before `now`: as ls(1) writes times. Local time.
[[nodiscard]] std::string short_local_time(store::UnixTime time, store::UnixTime now);
/// "2026-11-22 21:53:01", local time.
[[nodiscard]] std::string local_time(store::UnixTime time);
/// "2026-11-22T21:53:01.123Z"
[[nodiscard]] std::string utc_time(store::UnixTime time);

/// "3m20s", "1.24s", "250ms": as --timeout reads them.
[[nodiscard]] std::string short_duration(os::Duration duration);

/// Columns as wide as what is in them; those listed in `right` (by number) end at their right. No line ends in a space.
[[nodiscard]] std::string aligned(const std::vector<std::vector<std::string>>& rows, const std::vector<size_t>& right);

}  // namespace mpr::app
