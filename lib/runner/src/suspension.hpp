// Suspension: Ctrl-Z. All workers have their processes stop, and then this process stops itself; once it is continued,
// all goes on as if no time had gone by.
//
//   suspension.begin(now);                                        // SIGTSTP has come
//   suspension.stopped(slot);  suspension.lost(slot);             // as workers say so, or end
//   if (suspension.is_complete(now)) { stop_this_process(); suspension.end(pool); }
//
// Threads: none. Pure, but for end().
#pragma once

#include <set>

#include "runner/worker_pool.hpp"

namespace mpr::runner {

class Suspension {
 public:
  /// Asks the workers. Does nothing when that has been done.
  void begin(WorkerPool& pool, Slot slots, os::Time now);
  [[nodiscard]] bool under_way() const { return since_.has_value(); }

  void stopped(Slot slot) { awaited_.erase(slot); }
  void lost(Slot slot) { awaited_.erase(slot); }

  /// They have all stopped, or are not to be waited for any longer: one that is busy follows the order later.
  [[nodiscard]] bool is_complete(os::Time now) const;
  /// When that may have changed though nothing has happened.
  [[nodiscard]] os::Time next_look() const;

  /// Tells the workers to go on; the time since the beginning is forgotten.
  void end(WorkerPool& pool, Slot slots);

 private:
  std::optional<os::Time> since_;
  std::set<Slot> awaited_;
};

}  // namespace mpr::runner
