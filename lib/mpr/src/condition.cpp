#include "mpr/condition.hpp"

#include <algorithm>
#include <new>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "lock_state.hpp"
#include "mpr/errors.hpp"
#include "wait_channel.hpp"
#include "waiters.hpp"

namespace mpr {

/// In shared memory, and protected by the Condition's lock: no wonder when its holder has died, because nothing in it
/// is ever half done.
struct Condition::State {
  SharedWord<uint64_t> next_number;
  Waiters waiters;
};

Condition::Condition() : own_(std::in_place), lock_(own_->state_), memory_(sizeof(State)) {
  static_assert(std::is_trivially_destructible_v<State>);
  state_ = new (memory_.data()) State;
}

Condition::Condition(BasicLock& lock) : lock_(lock.state_), memory_(sizeof(State)) {
  state_ = new (memory_.data()) State;
}

void Condition::lock() {
  lock_->lock();
}

bool Condition::try_lock() {
  return lock_->try_lock();
}

bool Condition::try_lock_until(Time deadline) {
  return lock_->lock_until(deadline);
}

bool Condition::try_lock_for(std::chrono::nanoseconds time) {
  return lock_->lock_until(deadline_after(time));
}

void Condition::unlock() {
  lock_->unlock();
}

std::optional<bool> Condition::recover_until(Time deadline) {
  const std::optional<int> dead = lock_->recover_until(deadline);
  return dead ? std::optional(*dead != 0) : std::nullopt;
}

std::optional<bool> Condition::recover_for(std::chrono::nanoseconds time) {
  return recover_until(deadline_after(time));
}

Condition::Time Condition::deadline_after(std::chrono::nanoseconds time) {
  return os::later(os::Clock::now(), time);
}

void Condition::require_lock(const char* what) const {
  if (!lock_->held())
    throw std::logic_error(std::string(what) + " of a condition whose lock this thread does not hold");
}

bool Condition::wait_for(std::chrono::nanoseconds time) {
  return wait_until(deadline_after(time));
}

bool Condition::wait_until(Time deadline) {
  require_lock("wait");
  const uint64_t number = state_->next_number;
  state_->next_number.set(number + 1);
  const Waiters::Place place(state_->waiters, number);
  const uint32_t levels = lock_->levels();
  for (;;) {
    lock_->set_levels(0);
    lock_->unlock();
    bool late = false;
    while (place.fate() == Waiters::Fate::waiting && !late && !lock_->in_doubt()) {
      const os::Time now = os::Clock::now();
      late = now >= deadline;
      // A notifier may have been killed before it could wake, and a holder of the lock before it could notify.
      if (!late) place.sleep_until(std::min(deadline, os::later(now, kLookAgain)));
    }
    const int dead = lock_->recover_until(os::kNever).value();
    lock_->set_levels(levels);
    if (dead != 0) throw OwnerDied(dead);
    if (place.fate() == Waiters::Fate::go) return true;
    if (late) return false;
    // Another was quicker to recover the lock, or there was nothing to recover: waiting goes on where it was.
  }
}

uint32_t Condition::notify(uint32_t waiters) {
  require_lock("notify");
  std::vector<Waiters::Waiter*> waiting;
  for (Waiters::Waiter& waiter : state_->waiters.all()) {
    if (waiter.waits() && waiter.is_there()) waiting.push_back(&waiter);
  }
  const auto count = static_cast<uint32_t>(std::min<size_t>(waiters, waiting.size()));
  const auto longest = [](const Waiters::Waiter* a, const Waiters::Waiter* b) { return a->number() < b->number(); };
  std::partial_sort(waiting.begin(), waiting.begin() + count, waiting.end(), longest);
  waiting.resize(count);
  for (Waiters::Waiter* const waiter : waiting) {
    waiter->tell(Waiters::Fate::go);
    waiter->wake();
  }
  return count;
}

}  // namespace mpr
