// What travels between the parent and a worker: a task going down, its result coming up.
//
// Units: times are os::Duration (nanoseconds, monotonic). Strings are bytes, not text: no encoding is assumed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "os/clock.hpp"
#include "os/exit_status.hpp"
#include "os/spawn.hpp"

namespace mpr::worker {

/// 1-based position in the plan; also the task's MPR_TASK.
using TaskNumber = uint64_t;

/// One attempt of one task, ready to be started.
struct Task {
  TaskNumber number = 0;
  uint32_t attempt = 1;           ///< 1-based; also MPR_ATTEMPT
  std::vector<std::string> argv;  ///< never empty; executed directly, no shell
};

enum class Stream : uint8_t { out, err };

/// Why an attempt is over.
enum class Ending : uint8_t {
  exited,           ///< by itself: see status (an exit status, or a signal that mpr did not send)
  could_not_start,  ///< see failure; nothing was run
  timed_out,        ///< mpr ended it after --timeout
  cancelled,        ///< mpr ended it because the run is being stopped
  worker_lost,      ///< its worker died; what the task did is unknown
};

/// How one attempt ended. Its output travels apart from it, before it.
struct Result {
  TaskNumber number = 0;
  uint32_t attempt = 1;
  Ending ending = Ending::exited;
  os::ExitStatus status = os::ExitStatus::exited(0);
  os::SpawnFailure failure;  ///< only for could_not_start
  bool leaked = false;       ///< it left processes behind, which were ended
  os::Duration started{0};   ///< on the monotonic clock, comparable within one run
  os::Duration elapsed{0};
  os::Usage usage;

  [[nodiscard]] bool success() const { return ending == Ending::exited && status.success(); }
};

/// "exit status 3", "timed out; SIGTERM did not end it, killed", "cannot start: No such file or directory", ...
[[nodiscard]] std::string describe(const Result& result);

}  // namespace mpr::worker
