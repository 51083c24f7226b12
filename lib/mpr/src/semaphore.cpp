#include "mpr/semaphore.hpp"

#include <algorithm>
#include <mutex>
#include <new>
#include <stdexcept>
#include <type_traits>

#include "holders.hpp"
#include "mpr/errors.hpp"
#include "os/robust_mutex.hpp"
#include "shared_word.hpp"
#include "wait_channel.hpp"

namespace mpr {

/// In shared memory. Of `total_` permits, the holders have some and `free_` are the rest; if they are passed, there are
/// no holders and only `free_` counts. Everything is changed with the mutex held, and in such an order that a process
/// killed in between leaves `total_` and the holders right: `free_` follows from them.
class Semaphore::State {
 public:
  State(uint32_t permits, Permits kind, uint32_t most) : kind_(kind), most_(most), total_(permits), free_(permits) {}

  bool acquire_until(os::Time deadline);
  void release(uint32_t permits);
  uint32_t value();

  /// With the permits put in order, if the last to hold it was killed. For std::unique_lock.
  void lock() {
    if (mutex_.lock() == os::RobustMutex::Outcome::owner_died) repair();
  }
  void unlock() { mutex_.unlock(); }

 private:
  void repair();
  bool take_one();
  void take_back_from_the_dead();
  void give(uint32_t permits);

  os::RobustMutex mutex_;
  WaitChannel channel_;
  const Permits kind_;
  const uint32_t most_;
  SharedWord<uint32_t> total_;
  SharedWord<uint32_t> free_;
  Holders holders_;
};

void Semaphore::State::repair() {
  if (kind_ == Permits::passed) return;  // one word has changed, or not
  free_.set(static_cast<uint32_t>(total_ - holders_.total()));
}

void Semaphore::State::take_back_from_the_dead() {
  if (kind_ == Permits::passed) return;
  const uint64_t back = holders_.take_back_if_due();
  free_.set(static_cast<uint32_t>(free_ + back));
  if (back > 1) channel_.wake_all(channel_.announce());
}

bool Semaphore::State::take_one() {
  if (free_ == 0) take_back_from_the_dead();
  if (free_ == 0) return false;
  if (kind_ == Permits::held && !holders_.add()) {
    free_.set(static_cast<uint32_t>(free_ + holders_.take_back()));
    if (!holders_.add()) {
      throw Error("more than " + std::to_string(Holders::kProcesses) + " processes hold permits of a semaphore");
    }
  }
  free_.set(free_ - 1);
  return true;
}

bool Semaphore::State::acquire_until(os::Time deadline) {
  std::unique_lock guard(*this);
  while (!take_one()) {
    if (deadline <= os::Clock::now()) return false;
    const WaitChannel::Ticket ticket = channel_.enlist();
    guard.unlock();
    channel_.wait(ticket, deadline);
    guard.lock();
  }
  return true;
}

void Semaphore::State::release(uint32_t permits) {
  if (permits == 0) return;
  std::unique_lock guard(*this);
  give(permits);
  const WaitChannel::Notice notice = channel_.announce();
  guard.unlock();
  permits == 1 ? channel_.wake_one(notice) : channel_.wake_all(notice);
}

void Semaphore::State::give(uint32_t permits) {
  if (kind_ == Permits::passed) {
    if (permits > most_ - free_) throw std::logic_error("a semaphore was released too often");
    free_.set(free_ + permits);
    return;
  }
  const auto room = static_cast<uint32_t>(most_ - total_);
  if (permits > room && permits - std::min(permits, holders_.own()) > room) {
    throw std::logic_error("a semaphore was released too often");
  }
  // Whoever is killed in here has released too few, but none is lost.
  const uint32_t made = permits - holders_.remove(permits);
  if (made > 0) total_.set(total_ + made);
  free_.set(free_ + permits);
}

uint32_t Semaphore::State::value() {
  const std::unique_lock guard(*this);
  take_back_from_the_dead();
  return free_;
}

Semaphore::Semaphore(uint32_t permits, Permits kind, uint32_t most) : memory_(sizeof(State)), state_(nullptr) {
  static_assert(std::is_trivially_destructible_v<State>);
  if (permits > kMost) throw std::invalid_argument("a semaphore cannot have so many permits");
  state_ = new (memory_.data()) State(permits, kind, most);
}

bool Semaphore::try_acquire_until(std::chrono::steady_clock::time_point deadline) {
  return state_->acquire_until(deadline);
}

bool Semaphore::try_acquire_for(std::chrono::nanoseconds time) {
  return state_->acquire_until(os::later(os::Clock::now(), time));
}

void Semaphore::release(uint32_t permits) {
  state_->release(permits);
}

uint32_t Semaphore::value() const {
  return state_->value();
}

}  // namespace mpr
