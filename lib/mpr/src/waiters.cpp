#include "waiters.hpp"

#include <algorithm>
#include <new>
#include <string>

#include "mpr/errors.hpp"
#include "os/futex.hpp"

namespace mpr {

std::span<Waiters::Waiter> Waiters::all() {
  return {std::launder(reinterpret_cast<Waiter*>(places_.data())), used_};
}

Waiters::Waiter& Waiters::take_place(uint64_t number) {
  const std::span<Waiter> known = all();
  const auto empty = std::find_if(known.begin(), known.end(), [](const Waiter& waiter) { return !waiter.is_there(); });
  Waiter* place = nullptr;
  if (empty != known.end()) {
    place = &*empty;
  } else if (used_ < kThreads) {
    place = new (places_.data() + used_ * sizeof(Waiter)) Waiter;
    used_.set(used_ + 1);
  } else {
    throw Error("more than " + std::to_string(kThreads) + " threads wait for the same");
  }
  // In this order: nobody who is killed in here, nor who was killed while he waited, is taken for one that waits.
  place->tell(Fate::none);
  place->number_.set(number);
  (void)place->presence_.lock();
  place->tell(Fate::waiting);
  return *place;
}

Waiters::Place::~Place() {
  waiter_.tell(Fate::none);
  waiter_.presence_.unlock();
}

void Waiters::Place::sleep_until(os::Time deadline) const {
  os::futex_wait(waiter_.fate_, static_cast<uint32_t>(Fate::waiting), deadline);
}

void Waiters::Waiter::wake() {
  os::futex_wake(fate_, 1);
}

}  // namespace mpr
