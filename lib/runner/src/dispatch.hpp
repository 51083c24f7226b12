// dispatch: all that a worker needs to know to run a task that it has been assigned.
#pragma once

#include "runner/plan.hpp"
#include "runner/scheduler.hpp"
#include "runner/worker_pool.hpp"

namespace mpr::runner {

[[nodiscard]] worker::Task dispatch(const Assign& assign, const Plan& plan, const Scheduler& scheduler,
                                    const PoolOptions& pool);

}  // namespace mpr::runner
