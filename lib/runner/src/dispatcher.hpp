// Dispatcher: tells a worker all that it needs to know to run what it has been assigned.
#pragma once

#include "runner/plan.hpp"
#include "runner/scheduler.hpp"
#include "runner/worker_pool.hpp"

namespace mpr::runner {

class Dispatcher {
 public:
  /// Borrows all of them.
  Dispatcher(const Plan& plan, const Scheduler& scheduler, const PoolOptions& options)
      : plan_(plan), scheduler_(scheduler), options_(options) {}

  void post(const Assign& assign, WorkerPool& pool) const;

 private:
  /// All but what the task runs.
  [[nodiscard]] worker::Task frame_of(const Assign& assign) const;

  const Plan& plan_;
  const Scheduler& scheduler_;
  const PoolOptions& options_;
};

}  // namespace mpr::runner
