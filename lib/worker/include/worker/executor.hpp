// Executor: one way for a worker to run tasks.
//
// Everything that a task has started has ended when its result is given, but for what a task left in a process that
// stays: that is ended with the process.
#pragma once

#include "worker/batch.hpp"
#include "worker/supervisor.hpp"
#include "worker/task.hpp"

namespace mpr::worker {

/// Runs one task at a time.
class Executor {
 public:
  virtual ~Executor() = default;
  [[nodiscard]] virtual Result run(const Task& task, Supervisor& supervisor) = 0;
};

/// Runs tasks in a process that stays from one to the next, and from batch to batch.
class BatchExecutor {
 public:
  virtual ~BatchExecutor() = default;

  /// Runs the tasks in their order, and tells the supervisor of each once: answered() or ended(), in that order. Once
  /// they are recalled, or not to go on, it gives back at once those that were not begun, and tells of the others.
  virtual void run(const Batch& batch, Supervisor& supervisor) = 0;
};

}  // namespace mpr::worker
