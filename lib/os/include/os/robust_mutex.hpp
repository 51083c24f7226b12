// RobustMutex: a mutex in shared memory that outlives its holder.
//
// Ownership: lives inside a SharedObject, and is never destroyed. It belongs to the thread that locked it.
// Errors: std::system_error for misuse: unlocking what is not yours (EPERM), locking twice (EDEADLK). At most 2^31
//   levels for a recursive one (EAGAIN).
// Processes: when the holder dies, or its thread ends, the kernel frees the mutex and the next to lock it is told, once
//   (pthread_mutexattr_setrobust(3), robust futexes). It is an ordinary mutex again from then on: whether what it
//   protects is sound is for the caller to settle before it unlocks.
// Limits: the mapping must stay while a thread of this process holds it.
#pragma once

#include <linux/futex.h>
#include <pthread.h>

#include <cerrno>
#include <cstdint>

#include "clock.hpp"
#include "own_thread.hpp"

namespace mpr::os {

class RobustMutex {
 public:
  enum class Kind : uint8_t { checking, recursive };

  explicit RobustMutex(Kind kind = Kind::checking);

  enum class Outcome : uint8_t {
    locked,
    owner_died,  ///< locked, and the one who held it died holding it
    timed_out,   ///< not locked
  };
  [[nodiscard]] Outcome lock() {
    const int error = ::pthread_mutex_trylock(&mutex_);
    return error == 0 ? Outcome::locked : lock_slowly(error);
  }
  [[nodiscard]] Outcome lock_until(Time deadline);
  /// timed_out when somebody has it, be it this very thread (but for a recursive one).
  [[nodiscard]] Outcome try_lock() {
    const int error = ::pthread_mutex_trylock(&mutex_);
    if (error == 0) return Outcome::locked;
    return error == EDEADLK ? Outcome::timed_out : outcome(error, "pthread_mutex_trylock");
  }
  void unlock() {
    if (const int error = ::pthread_mutex_unlock(&mutex_); error != 0) (void)outcome(error, "pthread_mutex_unlock");
  }

  /// Whether a living thread holds it, and whether that is this one. They change nothing: the next to lock it is told
  /// of a death as ever.
  [[nodiscard]] bool is_locked() const { return (word() & FUTEX_TID_MASK) != 0; }
  [[nodiscard]] bool held_by(OwnThread thread) const {
    return (word() & FUTEX_TID_MASK) == static_cast<uint32_t>(thread.tid);
  }
  [[nodiscard]] bool held_by_this_thread() const { return held_by(own_thread()); }
  /// Whether the next to lock it will be told of a death.
  [[nodiscard]] bool holder_died() const { return (word() & FUTEX_OWNER_DIED) != 0; }

 private:
  [[nodiscard]] [[gnu::cold]] Outcome lock_slowly(int error);
  [[nodiscard]] [[gnu::cold]] Outcome outcome(int error, const char* call);

  /// What the kernel and the C library agree on (futex(2), robust futexes): the number of the thread that holds it,
  /// which the kernel takes away when that dies.
  [[nodiscard]] uint32_t word() const {
    return static_cast<uint32_t>(__atomic_load_n(&mutex_.__data.__lock, __ATOMIC_ACQUIRE));
  }

  pthread_mutex_t mutex_;
};

}  // namespace mpr::os
