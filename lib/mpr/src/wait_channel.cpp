#include "wait_channel.hpp"

#include <algorithm>

#include "os/cpu_set.hpp"
#include "os/futex.hpp"

namespace mpr {
namespace {

// About what falling asleep and being woken costs: whoever is answered sooner has gained, whoever is not has lost
// little.
constexpr std::chrono::microseconds kSpin{20};

bool several_cpus() {
  static const bool several = os::allowed_cpus().size() > 1;
  return several;
}

inline void relax() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace

WaitChannel::Ticket WaitChannel::enlist() {
  enlisted_.fetch_add(1);
  return {sequence_.load()};
}

void WaitChannel::wait(Ticket ticket, os::Time deadline) const {
  const auto changed = [&] { return sequence_.load(std::memory_order_acquire) != ticket.sequence; };
  os::Time now = os::Clock::now();
  if (several_cpus()) {
    const os::Time spin_end = std::min(deadline, now + kSpin);
    while (now < spin_end) {
      for (int i = 0; i < 32; ++i) {
        if (changed()) return;
        relax();
      }
      now = os::Clock::now();
    }
  }
  if (now < deadline) os::futex_wait(sequence_, ticket.sequence, std::min(deadline, os::later(now, kLookAgain)));
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
