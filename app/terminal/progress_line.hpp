// One line that says how far a run is.
//
//   mpr: 1234/100000 done, 2 running, 3 failed, 1480/s, 1 min 6 s left
//   mpr: 1234 done, 2 running                        no total and no rate yet
//   mpr: 100000/100000 done, 3 failed, took 1 min 8 s
//
// ASCII, one column a character.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "os/clock.hpp"

namespace mpr::app {

struct ProgressState {
  uint64_t done = 0;  ///< succeeded or failed
  std::optional<uint64_t> total;
  uint64_t running = 0;
  uint64_t failed = 0;
  uint64_t retried = 0;
  std::optional<double> rate;        ///< tasks a second
  std::optional<os::Duration> took;  ///< once the run is over

  friend bool operator==(const ProgressState&, const ProgressState&) = default;
};

/// Less than `width` columns, so that no terminal wraps it: the least important parts go first, and no number is ever
/// cut; empty when not even the count fits.
[[nodiscard]] std::string progress_line(const ProgressState& state, unsigned width);

}  // namespace mpr::app
