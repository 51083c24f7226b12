#include "os/robust_mutex.hpp"

#include "os/error.hpp"

namespace mpr::os {
namespace {

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

RobustMutex::Outcome RobustMutex::lock_until(Time deadline) {
  if (deadline == kNever) return lock();
  const timespec until = timespec_of(deadline);
  return outcome(::pthread_mutex_clocklock(&mutex_, CLOCK_MONOTONIC, &until), "pthread_mutex_clocklock");
}

}  // namespace mpr::os
