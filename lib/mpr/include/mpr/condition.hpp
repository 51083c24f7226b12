// Condition: waiting, without the lock, until somebody says that something has changed.
//
//   mpr::Condition changed;                                                      // with a lock of its own
//   { std::scoped_lock guard(changed); changed.wait([&] { return *left == 0; }); }
//   { std::scoped_lock guard(changed); *left -= 1; changed.notify_all(); }       // in other processes
//
// Ownership: move-only; made before the processes that share it are started. A lock that it was given has to live as
//   long as it does.
// Errors: std::logic_error: wait or notify without holding the lock. OwnerDied from lock() and its relatives, as the
//   lock's. Error: more than 1024 threads wait at the same time.
// Threads: any number.
// Processes: notify(n) wakes the n that have waited longest among those that are alive: a process that was killed while
// it
//   waited takes no notification from others. One that is killed after it was notified does: it had been woken. When a
//   process dies holding the lock, one of those that wait gets OwnerDied out of wait(), *holding* the lock and with it
//   recovered, as from recover(): what it protects has to be mended. It learns of it within 200 ms, even if nobody
//   notifies ever again. A notifier killed half way has notified the first of those it was to notify, or none.
// Fairness: first come, first woken. Who then gets the lock first is open (see Lock).
// Unlike Python: wait() returns when it was notified, and never without, because waiters can be told apart here; still,
//   others may have had the lock in between, so that a predicate is the rule.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "mpr/lock.hpp"
#include "os/shared_mapping.hpp"

namespace mpr {

class Condition {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// With an RLock of its own.
  Condition();
  explicit Condition(Lock& lock) : Condition(static_cast<BasicLock&>(lock)) {}
  explicit Condition(RLock& lock) : Condition(static_cast<BasicLock&>(lock)) {}

  /// Its lock.
  void lock();
  [[nodiscard]] bool try_lock();
  [[nodiscard]] bool try_lock_until(Time deadline);
  [[nodiscard]] bool try_lock_for(std::chrono::nanoseconds time);
  void unlock();
  bool recover() { return *recover_until(Time::max()); }
  [[nodiscard]] std::optional<bool> recover_until(Time deadline);
  [[nodiscard]] std::optional<bool> recover_for(std::chrono::nanoseconds time);

  /// Unlocks, be it locked several times, waits to be notified, and locks again, as often.
  void wait() { (void)wait_until(Time::max()); }
  /// False when it was not notified in time. Locking again may take longer.
  bool wait_until(Time deadline);
  bool wait_for(std::chrono::nanoseconds time);

  /// Waits until `predicate()`, which is called with the lock held, is true: false when it is not in time.
  template <class Predicate>
  void wait(Predicate predicate) {
    while (!predicate()) wait();
  }
  template <class Predicate>
  bool wait_until(Time deadline, Predicate predicate) {
    while (!predicate()) {
      if (!wait_until(deadline)) return predicate();
    }
    return true;
  }
  template <class Predicate>
  bool wait_for(std::chrono::nanoseconds time, Predicate predicate) {
    return wait_until(deadline_after(time), predicate);
  }

  /// Answers how many there were to wake, up to so many.
  uint32_t notify(uint32_t waiters = 1);
  uint32_t notify_one() { return notify(1); }
  uint32_t notify_all() { return notify(UINT32_MAX); }

 private:
  struct State;

  explicit Condition(BasicLock& lock);
  static Time deadline_after(std::chrono::nanoseconds time);
  void require_lock(const char* what) const;

  std::optional<RLock> own_;
  BasicLock::State* lock_;  ///< stays where it is when the handles are moved
  os::SharedMapping memory_;
  State* state_;
};

}  // namespace mpr
