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

#include <pthread.h>

#include <cstdint>

#include "os/clock.hpp"

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
  [[nodiscard]] Outcome lock();
  [[nodiscard]] Outcome lock_until(Time deadline);
  /// timed_out when somebody has it, be it this very thread (but for a recursive one).
  [[nodiscard]] Outcome try_lock();
  void unlock();

 private:
  [[nodiscard]] Outcome outcome(int error, const char* call);

  pthread_mutex_t mutex_;
};

}  // namespace mpr::os
