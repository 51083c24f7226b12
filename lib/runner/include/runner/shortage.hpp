// Shortage: which slots have no worker because none could be forked, and when that is tried again. Pure.
//
// A want of processes, memory or descriptors may pass, so the run goes on with the workers that there are: slots are
// tried again one by one, after 10 ms and then ever more seldom, up to once a second. When not one worker can be had
// for as long as `patience`, there is nothing more to wait for.
#pragma once

#include <optional>
#include <set>

#include "os/clock.hpp"
#include "runner/task_source.hpp"

namespace mpr::runner {

class Shortage {
 public:
  explicit Shortage(os::Duration patience) : patience_(patience) {}

  /// The slot could not be given a worker. `running`: workers that there are.
  void refused(Slot slot, unsigned running, os::Time now);
  /// A worker could be forked: so another may be.
  void started(os::Time now);

  [[nodiscard]] bool has(Slot slot) const { return slots_.count(slot) > 0; }
  [[nodiscard]] size_t count() const { return slots_.size(); }
  /// The slot that is to be tried again now; no slot of a shortage any more.
  [[nodiscard]] std::optional<Slot> due(os::Time now);
  /// When one will be due. Never, too, while it is not known what came of the last.
  [[nodiscard]] os::Time next() const { return retry_at_; }
  /// To be asked after a refusal: there has been no worker for too long.
  [[nodiscard]] bool given_up(os::Time now) const { return now >= give_up_at_; }

 private:
  static constexpr std::chrono::milliseconds kFirstDelay{10};
  static constexpr std::chrono::milliseconds kLastDelay{1000};

  os::Duration patience_;
  std::set<Slot> slots_;
  os::Duration delay_ = kFirstDelay;
  os::Time retry_at_ = os::kNever;
  os::Time give_up_at_ = os::kNever;
};

}  // namespace mpr::runner
