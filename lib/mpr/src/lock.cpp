#include "mpr/lock.hpp"

#include <limits>
#include <new>
#include <type_traits>
#include <utility>

#include "lock_state.hpp"
#include "mpr/errors.hpp"
#include "os/error.hpp"

namespace mpr {

using Outcome = os::RobustMutex::Outcome;

// --- in shared memory

void BasicLock::State::note_death() {
  // Whoever dies in here leaves a mutex whose holder died, and the same owner.
  if (const int dead = owner_.load(std::memory_order_relaxed); dead != 0) poisoned_.store(dead);
  levels_ = 0;
  owner_.store(0);
}

/// To the thread that has just got the mutex. From here on its death concerns others.
inline void BasicLock::State::admit(Outcome outcome, int pid) {
  if (outcome != Outcome::locked || poisoned_.load(std::memory_order_relaxed) != 0) [[unlikely]]
    admit_in_doubt(outcome);
  owner_.store(pid, std::memory_order_relaxed);
  // A process is killed between two of its instructions: their order is all that matters.
  std::atomic_signal_fence(std::memory_order_seq_cst);
}

void BasicLock::State::admit_in_doubt(Outcome outcome) {
  if (outcome == Outcome::owner_died) note_death();
  if (const int dead = poisoned_.load(); dead != 0) {
    mutex_.unlock();
    throw OwnerDied(dead);
  }
}

void BasicLock::State::lock_again() {
  if (again_ == Again::refused) os::throw_errno("lock", EDEADLK);
  if (levels_ == std::numeric_limits<uint32_t>::max()) os::throw_errno("lock", EAGAIN);
  ++levels_;
}

void BasicLock::State::lock() {
  const os::OwnThread self = os::own_thread();
  if (mutex_.held_by(self)) [[unlikely]]
    return lock_again();
  admit(mutex_.lock(), self.pid);
}

bool BasicLock::State::try_lock() {
  if (held()) {
    if (again_ == Again::refused) return false;
    lock_again();
    return true;
  }
  const Outcome outcome = mutex_.try_lock();
  if (outcome == Outcome::timed_out) return false;
  admit(outcome, os::own_thread().pid);
  return true;
}

bool BasicLock::State::lock_until(os::Time deadline) {
  if (held()) {
    lock_again();
    return true;
  }
  const Outcome outcome = mutex_.lock_until(deadline);
  if (outcome == Outcome::timed_out) return false;
  admit(outcome, os::own_thread().pid);
  return true;
}

void BasicLock::State::unlock() {
  if (!held()) [[unlikely]]
    os::throw_errno("unlock", EPERM);
  if (levels_ > 0) [[unlikely]] {
    --levels_;
    return;
  }
  std::atomic_signal_fence(std::memory_order_seq_cst);
  owner_.store(0, std::memory_order_relaxed);
  mutex_.unlock();
}

std::optional<int> BasicLock::State::recover_until(os::Time deadline) {
  if (held()) {
    lock_again();
    return 0;
  }
  const Outcome outcome = mutex_.lock_until(deadline);
  if (outcome == Outcome::timed_out) return std::nullopt;
  if (outcome == Outcome::owner_died) note_death();
  // First, so that there is no instant at which a death would be forgotten.
  owner_.store(os::own_thread().pid);
  return poisoned_.exchange(0);
}

// --- the handle

BasicLock::BasicLock(Again again) : memory_(sizeof(State)), state_(new (memory_.data()) State(again)) {
  static_assert(std::is_trivially_destructible_v<State>);
}

BasicLock& BasicLock::operator=(BasicLock&& other) noexcept {
  BasicLock gone(std::move(other));
  std::swap(memory_, gone.memory_);
  std::swap(state_, gone.state_);
  return *this;
}

BasicLock::~BasicLock() {
  // The kernel keeps a list of what each thread holds, which must not lead into memory that is gone.
  if (memory_.data() == nullptr || !state_->held()) return;
  state_->set_levels(0);
  state_->unlock();
}

void BasicLock::lock() {
  state_->lock();
}

bool BasicLock::try_lock() {
  return state_->try_lock();
}

bool BasicLock::try_lock_until(std::chrono::steady_clock::time_point deadline) {
  return state_->lock_until(deadline);
}

bool BasicLock::try_lock_for(std::chrono::nanoseconds time) {
  return state_->lock_until(os::later(os::Clock::now(), time));
}

void BasicLock::unlock() {
  state_->unlock();
}

bool BasicLock::recover() {
  return state_->recover_until(os::kNever).value() != 0;
}

std::optional<bool> BasicLock::recover_until(std::chrono::steady_clock::time_point deadline) {
  const std::optional<int> dead = state_->recover_until(deadline);
  return dead ? std::optional(*dead != 0) : std::nullopt;
}

std::optional<bool> BasicLock::recover_for(std::chrono::nanoseconds time) {
  return recover_until(os::later(os::Clock::now(), time));
}

bool BasicLock::locked() const {
  return state_->locked();
}

bool BasicLock::held() const {
  return state_->held();
}

std::optional<int> BasicLock::owner() const {
  const int pid = state_->owner();
  return pid != 0 ? std::optional(pid) : std::nullopt;
}

}  // namespace mpr
