// Staffing: forks workers when they are first needed, and carries on with those that there are where no more can be
// had: the scheduler is told which slots it cannot use for the moment, and the user is told once. The same where a
// worker makes way because it cannot start its tasks.
//
// Errors: RunError when nothing could be run for too long, for want of workers or of room for tasks beside them.
#pragma once

#include <set>
#include <system_error>

#include "runner/front_end.hpp"
#include "runner/scheduler.hpp"
#include "runner/shortage.hpp"
#include "runner/worker_pool.hpp"

namespace mpr::runner {

class Staffing {
 public:
  /// Borrows the first three.
  Staffing(WorkerPool& pool, Scheduler& scheduler, FrontEnd& front_end, const PoolOptions& options)
      : pool_(pool),
        scheduler_(scheduler),
        front_end_(front_end),
        workers_(options.workers),
        patience_(options.patience),
        shortage_(options.patience) {}

  /// False: the slot cannot have a worker now.
  [[nodiscard]] bool start(Slot slot, os::Time now);
  /// A worker makes way: it will end, and begins nothing more. `error`: the errno of its fork.
  void resigned(Slot slot, int error, os::Time now);
  /// A task has run.
  void ran() { starving_until_ = os::kNever; }
  /// A worker has ended; whether it had resigned.
  [[nodiscard]] bool ended(Slot slot) { return resigned_.erase(slot) > 0; }
  /// Whether a worker was refused since the last call: there is something to be decided anew.
  [[nodiscard]] bool refused(os::Time now);
  /// Lets the scheduler use a slot again whose turn it is to be tried again.
  void try_again(os::Time now);
  /// When that is.
  [[nodiscard]] os::Time next() const { return shortage_.next(); }

 private:
  [[nodiscard]] bool any_task_runs(os::Time now) const;
  void refuse(Slot slot, os::Time now);
  void warn_once(unsigned going_on_with);

  WorkerPool& pool_;
  Scheduler& scheduler_;
  FrontEnd& front_end_;
  unsigned workers_;
  os::Duration patience_;
  Shortage shortage_;
  std::set<Slot> resigned_;               ///< and not ended yet
  os::Time starving_until_ = os::kNever;  ///< when it is to be over, if no task can be started until then
  std::error_code reason_;
  bool refused_ = false;
  bool warned_ = false;
};

}  // namespace mpr::runner
