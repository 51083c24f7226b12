#include "mpr/barrier.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <new>
#include <span>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "mpr/errors.hpp"
#include "os/robust_mutex.hpp"
#include "shared_word.hpp"
#include "wait_channel.hpp"
#include "waiters.hpp"

namespace mpr {

/// In shared memory. Each time that all pass is a generation; who waits has its number. Letting them pass is one store,
/// to the number of the next. Who is not to pass is told so one by one.
class Barrier::State {
 public:
  explicit State(uint32_t parties) : parties_(parties) {}

  uint32_t wait_until(os::Time deadline, const std::function<void()>& action);
  void abort();
  void reset();
  bool broken();
  uint32_t n_waiting();
  [[nodiscard]] uint32_t parties() const { return parties_; }

  /// For std::unique_lock.
  void lock() {
    if (mutex_.lock() == os::RobustMutex::Outcome::owner_died) repair();
  }
  void unlock() { mutex_.unlock(); }

 private:
  using Fate = Waiters::Fate;
  using Guard = std::unique_lock<State>;

  // Those that take the guard, or speak of it, are called with it locked.
  void come_in(Guard& guard, os::Time deadline);
  void act(Guard& guard, const Waiters::Place& place, const std::function<void()>& action);
  void let_pass(Guard& guard);
  void wait_to_pass(Guard& guard, const Waiters::Place& place, uint64_t generation, os::Time deadline);
  void break_for_all();
  void break_if_somebody_died();
  void repair();
  void turn_away();

  os::RobustMutex mutex_;
  WaitChannel channel_;
  const uint32_t parties_;
  SharedWord<uint32_t> arrived_;
  SharedWord<bool> broken_;
  SharedWord<bool> acting_;  ///< all have arrived, and the last is running the action, without the mutex
  std::atomic<uint64_t> generation_{0};
  Waiters waiters_;
};

uint32_t Barrier::State::wait_until(os::Time deadline, const std::function<void()>& action) {
  Guard guard(*this);
  come_in(guard, deadline);
  const uint64_t generation = generation_.load();
  const Waiters::Place place(waiters_, generation);
  const uint32_t index = arrived_;
  arrived_.set(index + 1);
  if (index + 1 < parties_) {
    wait_to_pass(guard, place, generation, deadline);
    return index;
  }
  if (action) act(guard, place, action);
  let_pass(guard);
  return index;
}

/// Returns when there is a place for this party: at once, unless an action is running.
void Barrier::State::come_in(Guard& guard, os::Time deadline) {
  // Before a place is taken: it might be that of the one who died.
  break_if_somebody_died();
  while (acting_ && !broken_) {
    if (os::Clock::now() >= deadline) {
      break_for_all();
      break;
    }
    const WaitChannel::Ticket ticket = channel_.enlist();
    guard.unlock();
    channel_.wait(ticket, deadline);
    guard.lock();
    break_if_somebody_died();
  }
  if (broken_) throw BrokenBarrier();
}

void Barrier::State::act(Guard& guard, const Waiters::Place& place, const std::function<void()>& action) {
  acting_.set(true);
  guard.unlock();
  try {
    action();
  } catch (...) {
    guard.lock();
    if (place.fate() == Fate::waiting) break_for_all();
    throw;
  }
  guard.lock();
  // Somebody was late, or called abort() or reset() meanwhile: this is none of our time any more.
  if (place.fate() == Fate::fail) throw BrokenBarrier();
}

void Barrier::State::let_pass(Guard& guard) {
  arrived_.set(0);
  acting_.set(false);
  generation_.fetch_add(1);
  const WaitChannel::Notice notice = channel_.announce();
  guard.unlock();
  channel_.wake_all(notice);
}

void Barrier::State::wait_to_pass(Guard& guard, const Waiters::Place& place, uint64_t generation, os::Time deadline) {
  guard.unlock();
  os::Time next_look = os::later(os::Clock::now(), kLookAgain);
  for (;;) {
    const WaitChannel::Ticket ticket = channel_.enlist();
    const auto waits = [&] { return place.fate() == Fate::waiting && generation_.load() == generation; };
    if (!waits()) break;
    const os::Time now = os::Clock::now();
    if (now < deadline && now < next_look) {
      channel_.wait(ticket, deadline);
      continue;
    }
    guard.lock();
    if (waits()) now >= deadline ? break_for_all() : break_if_somebody_died();
    guard.unlock();
    next_look = os::later(now, kLookAgain);
  }
  if (place.fate() == Fate::fail) throw BrokenBarrier();
}

/// Who waits now gets BrokenBarrier.
void Barrier::State::turn_away() {
  const uint64_t generation = generation_.load();
  for (Waiters::Waiter& waiter : waiters_.all()) {
    if (waiter.waits() && waiter.number() == generation) waiter.tell(Fate::fail);
  }
  arrived_.set(0);
  acting_.set(false);
  channel_.wake_all(channel_.announce());
}

void Barrier::State::break_for_all() {
  broken_.set(true);
  turn_away();
}

void Barrier::State::break_if_somebody_died() {
  const uint64_t generation = generation_.load();
  for (const Waiters::Waiter& waiter : waiters_.all()) {
    if (waiter.waits() && waiter.number() == generation && !waiter.is_there()) return break_for_all();
  }
}

/// Somebody was killed who may have been in the middle of something: then the barrier is broken.
void Barrier::State::repair() {
  break_if_somebody_died();
  const uint64_t generation = generation_.load();
  const std::span<Waiters::Waiter> all = waiters_.all();
  const auto waiting = std::count_if(all.begin(), all.end(), [&](const Waiters::Waiter& waiter) {
    return waiter.waits() && waiter.number() == generation;
  });
  const bool whole = waiting == arrived_ && (!acting_ || arrived_ == parties_);
  if (broken_ || !whole) break_for_all();
}

void Barrier::State::abort() {
  const Guard guard(*this);
  break_for_all();
}

void Barrier::State::reset() {
  const Guard guard(*this);
  turn_away();
  broken_.set(false);
}

bool Barrier::State::broken() {
  const Guard guard(*this);
  break_if_somebody_died();
  return broken_;
}

uint32_t Barrier::State::n_waiting() {
  const Guard guard(*this);
  break_if_somebody_died();
  return arrived_;
}

Barrier::Barrier(uint32_t parties, std::function<void()> action, std::optional<std::chrono::nanoseconds> limit)
    : action_(std::move(action)), limit_(limit), memory_(sizeof(State)) {
  static_assert(std::is_trivially_destructible_v<State>);
  if (parties == 0 || parties > Waiters::kThreads) throw std::invalid_argument("a barrier has from 1 to 1024 parties");
  state_ = new (memory_.data()) State(parties);
}

uint32_t Barrier::wait() {
  return limit_ ? wait_for(*limit_) : wait_until(os::kNever);
}

uint32_t Barrier::wait_until(Time deadline) {
  return state_->wait_until(deadline, action_);
}

uint32_t Barrier::wait_for(std::chrono::nanoseconds time) {
  return wait_until(os::later(os::Clock::now(), time));
}

void Barrier::abort() {
  state_->abort();
}

void Barrier::reset() {
  state_->reset();
}

bool Barrier::broken() const {
  return state_->broken();
}

uint32_t Barrier::n_waiting() const {
  return state_->n_waiting();
}

uint32_t Barrier::parties() const {
  return state_->parties();
}

}  // namespace mpr
