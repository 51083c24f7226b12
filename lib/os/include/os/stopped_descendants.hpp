// StoppedDescendants: the processes below this one, held up by SIGSTOP, as a shell's job control holds up a job.
//
//   const StoppedDescendants stopped = StoppedDescendants::stop(os::Clock::now() + 200ms);
//   ...
//   stopped.go_on();
//
// Those that left their process group or session are among them. Whatever was stopped before stays so afterwards.
//
// Errors: none. What does not stop in time (uninterruptible sleep) has been told to, and does when it can.
// Processes: this one must not reap any child meanwhile, so that the pids stay theirs.
#pragma once

#include <vector>

#include "clock.hpp"
#include "process_identity.hpp"

namespace mpr::os {

class StoppedDescendants {
 public:
  /// Returns when all of them have stopped, or `deadline` is past.
  [[nodiscard]] static StoppedDescendants stop(Time deadline);
  void go_on() const;

 private:
  std::vector<ProcessIdentity> stopped_;  ///< each behind its parent
};

}  // namespace mpr::os
