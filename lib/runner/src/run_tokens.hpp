// What a run waits for: how its Poller calls it.
#pragma once

#include "runner/task_source.hpp"

namespace mpr::runner {

enum Token : uint64_t { kSignals, kFrontEnd, kFirstWorker, kFirstSource = uint64_t{1} << 32U };
enum Part : uint64_t { kTasks, kResults, kSentinel, kParts };

inline uint64_t token(Slot slot, Part part) {
  return kFirstWorker + slot * kParts + part;
}

}  // namespace mpr::runner
