#include "mpr/event.hpp"

#include <atomic>
#include <cstdint>
#include <new>
#include <type_traits>

#include "wait_channel.hpp"

namespace mpr {

/// In shared memory. The flag is one word, so that it needs no lock.
struct Event::State {
  static bool is_set(uint32_t changes) { return changes % 2 != 0; }

  void change_to(bool set) {
    uint32_t seen = changes.load();
    while (is_set(seen) != set && !changes.compare_exchange_weak(seen, seen + 1)) {
    }
  }

  std::atomic<uint32_t> changes{0};  ///< how often it was set and cleared: odd when it is set
  WaitChannel channel;
};

Event::Event() : memory_(sizeof(State)), state_(new (memory_.data()) State) {
  static_assert(std::is_trivially_destructible_v<State>);
}

void Event::set() {
  state_->change_to(true);
  // Also if it was set: whoever did that may have been killed before this.
  state_->channel.wake_all(state_->channel.announce());
}

void Event::clear() {
  state_->change_to(false);
}

bool Event::is_set() const {
  return State::is_set(state_->changes.load());
}

bool Event::wait_until(std::chrono::steady_clock::time_point deadline) {
  const uint32_t before = state_->changes.load();
  if (State::is_set(before)) return true;
  for (;;) {
    const WaitChannel::Ticket ticket = state_->channel.enlist();
    // Cleared again or not, it was set.
    if (state_->changes.load() != before) return true;
    if (os::Clock::now() >= deadline) return false;
    state_->channel.wait(ticket, deadline);
  }
}

bool Event::wait_for(std::chrono::nanoseconds time) {
  return wait_until(os::later(os::Clock::now(), time));
}

}  // namespace mpr
