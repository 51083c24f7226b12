// Barrier: a place that so many processes pass together, as often as they like.
//
//   mpr::Barrier step(4);                          // in the parent; children that are forked afterwards share it
//   while (compute_my_part()) step.wait();         // in each of four: all are through with a step before the next
//
// Ownership: move-only; made before the processes that share it are started.
// Errors: BrokenBarrier from every wait(), of those that wait and those that come, from when a party gave up waiting,
// was
//   killed while it waited, left the action by an exception, or somebody called abort(): until reset().
//   std::invalid_argument: no parties, or more than 1024.
// Threads: any number, each a party of its own.
// Processes: a party that is killed while it waits breaks the barrier within 200 ms. One that is killed in between is
// not
//   missed by anybody but those who wait for it: give them a time limit. Killed in the middle of letting all pass: some
//   pass, and the barrier is broken. The action is run by the last party to come, in its process.
// Fairness: does not come into it; who comes when all places are taken waits for the next time.
// Unlike Python: a time limit holds while an action runs, too, because the action may hang; the action may call the
//   barrier's other functions. Python's parties wait for ever for one that was killed.
#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "os/shared_mapping.hpp"

namespace mpr {

class Barrier {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// `action` is run once each time, when all have come and none has passed. `limit` is what wait() waits at most.
  explicit Barrier(uint32_t parties, std::function<void()> action = {},
                   std::optional<std::chrono::nanoseconds> limit = std::nullopt);

  /// Waits until all have come; answers in which place this party came, from 0: each place is one party's.
  uint32_t wait();
  /// Whoever is late breaks the barrier for all.
  uint32_t wait_until(Time deadline);
  uint32_t wait_for(std::chrono::nanoseconds time);

  /// Breaks it. It stays so until reset().
  void abort();
  /// Makes it like new; those who wait get BrokenBarrier.
  void reset();

  [[nodiscard]] bool broken() const;
  /// How many wait now.
  [[nodiscard]] uint32_t n_waiting() const;
  [[nodiscard]] uint32_t parties() const;

 private:
  class State;

  std::function<void()> action_;
  std::optional<std::chrono::nanoseconds> limit_;
  os::SharedMapping memory_;
  State* state_;
};

}  // namespace mpr
