// Event: a flag that processes wait for.
//
//   mpr::Event ready;                              // in the parent; children that are forked afterwards share it
//   ready.wait();                                  // in some processes
//   ready.set();                                   // in another: all of them go on, and nobody waits until clear()
//
// Ownership: move-only; made before the processes that share it are started.
// Errors: none of its own.
// Threads: any number. What was written before set() is seen after wait().
// Processes: it belongs to nobody. Whoever waits when a process is killed in the middle of set() is woken within 200
// ms,
//   or the flag is not set.
// Fairness: all who wait go on.
// Unlike Python: who was waiting when it was set goes on, even if it is cleared at once, because a set() that nobody
//   notices is of no use to anybody. In Python a wait() without a limit then answers False.
#pragma once

#include <chrono>

#include "os/shared_mapping.hpp"

namespace mpr {

class Event {
 public:
  Event();

  void set();
  void clear();
  [[nodiscard]] bool is_set() const;

  /// Returns at once if it is set.
  void wait() { (void)wait_until(std::chrono::steady_clock::time_point::max()); }
  /// False when the time was over first.
  bool wait_until(std::chrono::steady_clock::time_point deadline);
  bool wait_for(std::chrono::nanoseconds time);

 private:
  struct State;

  os::SharedMapping memory_;
  State* state_;
};

}  // namespace mpr
