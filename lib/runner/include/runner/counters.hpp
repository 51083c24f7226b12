// Counters: how many tasks of a run, or of one of its jobs, are how far.
#pragma once

#include <cstdint>

namespace mpr::runner {

struct Counters {
  uint64_t added = 0;  ///< tasks taken from the source
  uint64_t succeeded = 0;
  uint64_t failed = 0;     ///< for good, all attempts used up
  uint64_t tolerated = 0;  ///< failed likewise, in a job that may
  uint64_t cancelled = 0;  ///< started, and not brought to an end because the run stops
  uint64_t dropped = 0;    ///< taken from the source, and never started because the run stops
  uint64_t running = 0;    ///< workers with a task, now
  uint64_t retried = 0;    ///< attempts after a first one
  uint64_t leaked = 0;     ///< attempts that left processes behind
  uint64_t reused = 0;     ///< of those that succeeded or failed: known from before, not run

  [[nodiscard]] uint64_t final() const { return succeeded + failed + tolerated + cancelled + dropped; }
};

}  // namespace mpr::runner
