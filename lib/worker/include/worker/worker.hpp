// The worker: a forked process that holds one slot and runs its tasks one after another.
//
// Processes: worker_main runs in the child. It leaves the parent's process group, so that a Ctrl-C in the terminal or a
//   kill of mpr's whole group does not end it before it has ended its task; adopts what its tasks leave behind
//   (subreaper); and exits when its task queue ends, which also tells it that the parent has died.
//   A worker that cannot start a task for want of processes or memory tells so (Result::starved), gives back what it
//   has, and exits: there may be room for tasks without it. What was sent to it meanwhile has not been begun.
#pragma once

#include <sys/resource.h>

#include <string>

#include "mpr/connection.hpp"
#include "os/signals.hpp"

namespace mpr::worker {

struct WorkerOptions {
  unsigned slot = 1;        ///< 1-based; MPR_SLOT
  std::string run_id;       ///< MPR_RUN
  os::SignalState signals;  ///< that tasks are started with
  rlimit open_files{};      ///< that tasks are started with
  bool isolated = false;    ///< in a PID namespace, which is to have a /proc of its own
};

/// Runs tasks until the task queue ends. Answers the exit code of the worker's process.
[[nodiscard]] int worker_main(Connection tasks, Connection results, const WorkerOptions& options);

}  // namespace mpr::worker
