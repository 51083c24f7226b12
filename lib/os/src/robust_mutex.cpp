#include "os/robust_mutex.hpp"

#include <algorithm>

#include "os/error.hpp"

namespace mpr::os {
namespace {

constexpr std::chrono::milliseconds kSlice{200};

void check_error(int error, const char* call) {
  if (error != 0) throw_errno(call, error);
}

}  // namespace

RobustMutex::RobustMutex(Kind kind) : mutex_{} {
  pthread_mutexattr_t attributes;
  check_error(::pthread_mutexattr_init(&attributes), "pthread_mutexattr_init");
  ::pthread_mutexattr_settype(&attributes,
                              kind == Kind::recursive ? PTHREAD_MUTEX_RECURSIVE : PTHREAD_MUTEX_ERRORCHECK);
  ::pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  ::pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  const int error = ::pthread_mutex_init(&mutex_, &attributes);
  ::pthread_mutexattr_destroy(&attributes);
  check_error(error, "pthread_mutex_init");
}

RobustMutex::Outcome RobustMutex::outcome(int error, const char* call) {
  if (error == 0) return Outcome::locked;
  if (error == ETIMEDOUT || error == EBUSY) return Outcome::timed_out;
  if (error != EOWNERDEAD) throw_errno(call, error);
  // At once, or an unlock would make it useless for ever; the caller is told instead.
  check_error(::pthread_mutex_consistent(&mutex_), "pthread_mutex_consistent");
  return Outcome::owner_died;
}

// Sleeping in slices: a thread that was woken to take the mutex, finds that another was quicker, and is killed before
// it has noted that others still sleep, takes their waking with it (the kernel looks only after those whom a holder's
// death leaves asleep). Once a slice, everybody looks for himself.
RobustMutex::Outcome RobustMutex::lock_until(Time deadline) {
  for (;;) {
    const Time slice_end = std::min(deadline, later(Clock::now(), kSlice));
    const timespec until = timespec_of(slice_end);
    const int error = ::pthread_mutex_clocklock(&mutex_, CLOCK_MONOTONIC, &until);
    if (error != ETIMEDOUT || slice_end == deadline) return outcome(error, "pthread_mutex_clocklock");
  }
}

RobustMutex::Outcome RobustMutex::lock_slowly(int error) {
  return error == EBUSY ? lock_until(kNever) : outcome(error, "pthread_mutex_trylock");
}

}  // namespace mpr::os
