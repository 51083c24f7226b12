// What a process leaves behind when it ends: its children, and theirs, which come to the worker.
#pragma once

#include <functional>
#include <span>

#include "os/process_handle.hpp"
#include "worker/stop_ladder.hpp"
#include "worker/supervisor.hpp"

namespace mpr::worker {

/// Waits until one of the processes ends, an order comes, or it is `until`.
using WaitForEnds = std::function<void(std::span<const os::ProcessHandle> ends, os::Time until)>;

/// Lets them finish for a moment, or for as long as the ladder is patient, then ends them. Residents are spared.
/// Whether there were any that had to be ended, though nothing was being stopped.
[[nodiscard]] bool settle_leftovers(Supervisor& supervisor, const StopLadder& ladder, const WaitForEnds& wait);

}  // namespace mpr::worker
