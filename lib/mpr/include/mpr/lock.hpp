// Lock and RLock: one process (or thread) at a time, whatever becomes of the one that has it.
//
//   mpr::Lock lock;                                   // in the parent; children that are forked afterwards share it
//   { std::scoped_lock guard(lock); counter += 1; }
//   catch (const mpr::OwnerDied&) { lock.recover(); std::scoped_lock guard(std::adopt_lock, lock); mend(); }
//
// Lock: its holder may not lock it again. RLock: may, and has to unlock it as often. Both work with std::scoped_lock,
// std::unique_lock and std::lock.
//
// Ownership: move-only; made before the processes that share it are started. It belongs to the thread that locked it,
//   which alone may unlock it. Destroying a lock that this thread holds unlocks it first; no other thread of this
//   process may be using it then.
// Errors: OwnerDied, see below. std::system_error for misuse: unlocking what this thread does not hold (EPERM), locking
//   a Lock twice in one thread (EDEADLK; try_lock() is false then).
// Threads: any number.
// Processes: when one dies holding it, at any point, whoever comes next (and every one after) gets OwnerDied instead of
//   the lock, until somebody calls recover(): what the lock protects may be half changed, and must be mended first. The
//   end of the thread that holds it counts as a death. Nobody who died waiting, or in the middle of lock() or unlock(),
//   disturbs anybody. A child that is forked while its parent holds a lock does not hold it.
// Fairness: none. Whoever is there first when it is unlocked gets it, most often one that is running already.
// Unlike Python: only the holder may unlock, because nobody can tell a lock that was handed over from one whose holder
//   died; and a second lock() in one thread is an error, because Python's hangs for ever.
#pragma once

#include <chrono>
#include <optional>

#include "os/shared_mapping.hpp"

namespace mpr {

/// What Lock and RLock have in common.
class BasicLock {
 public:
  BasicLock(BasicLock&&) noexcept = default;
  BasicLock& operator=(BasicLock&& other) noexcept;
  ~BasicLock();

  void lock();
  [[nodiscard]] bool try_lock();
  /// False when the time was over first.
  [[nodiscard]] bool try_lock_until(std::chrono::steady_clock::time_point deadline);
  [[nodiscard]] bool try_lock_for(std::chrono::nanoseconds time);
  void unlock();

  /// Waits for the lock and takes it, whether or not a holder has died. True: one had, the caller has what it protects
  /// to mend, and lock() works again for everybody. Dying before unlock() is a death like any other.
  bool recover();
  /// Nothing when the time was over first, and it does not hold the lock.
  [[nodiscard]] std::optional<bool> recover_until(std::chrono::steady_clock::time_point deadline);
  [[nodiscard]] std::optional<bool> recover_for(std::chrono::nanoseconds time);

  /// Whether a thread of any process holds it: true or false only for as long as nobody changes that.
  [[nodiscard]] bool locked() const;
  /// Whether this very thread holds it.
  [[nodiscard]] bool held() const;
  /// The process that holds it.
  [[nodiscard]] std::optional<int> owner() const;

 protected:
  enum class Again { refused, counted };
  explicit BasicLock(Again again);

 private:
  friend class Condition;
  class State;

  os::SharedMapping memory_;
  State* state_;
};

class Lock : public BasicLock {
 public:
  Lock() : BasicLock(Again::refused) {}
};

class RLock : public BasicLock {
 public:
  RLock() : BasicLock(Again::counted) {}
};

}  // namespace mpr
