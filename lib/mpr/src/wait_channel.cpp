#include "wait_channel.hpp"

#include <algorithm>

#include "os/futex.hpp"
#include "spin.hpp"

namespace mpr {
WaitChannel::Ticket WaitChannel::enlist() {
  enlisted_.fetch_add(1);
  return {sequence_.load()};
}

void WaitChannel::wait(Ticket ticket, os::Time deadline) const {
  const auto changed = [&] { return sequence_.load(std::memory_order_acquire) != ticket.sequence; };
  if (spin_until(changed, deadline)) return;
  const os::Time look_again = os::later(os::Clock::now(), kLookAgain);
  os::futex_wait(sequence_, ticket.sequence, std::min(deadline, look_again));
}

WaitChannel::Notice WaitChannel::announce() {
  sequence_.fetch_add(1);
  const uint32_t enlisted = enlisted_.load();
  return {enlisted, enlisted != idle_at_.load(std::memory_order_relaxed)};
}

void WaitChannel::wake(Notice notice, int sleepers) {
  if (!notice.needed) return;
  // Nobody there: those who were enlisted before the announcement either are awake or will see that it came.
  if (os::futex_wake(sequence_, sleepers) == 0) idle_at_.store(notice.enlisted, std::memory_order_relaxed);
}

void WaitChannel::wake_all(Notice notice) {
  wake(notice, os::kWakeAll);
}

}  // namespace mpr
