// WaitChannel: where processes sleep until something changes, and are woken by those who change it.
//
//   waiting, with the state's lock held:        changing it, with the lock held:
//     while (!condition) {                        change();
//       const auto ticket = channel.enlist();     const auto notice = channel.announce();
//       unlock();                                 unlock();
//       channel.wait(ticket, deadline);           channel.wake_one(notice);      or wake_all
//       lock();
//     }
//
// Nothing is counted, so nobody who is killed, waiting or waking, leaves a wrong count behind; and as long as nobody
// sleeps, announcing costs no system call. A wake that was lost with its killer is made up for: no wait() is longer
// than kLookAgain.
//
// Ownership: lives in shared memory, zero at first. Threads, processes: as shown; wait and wake need no lock.
#pragma once

#include <atomic>
#include <cstdint>

#include "os/clock.hpp"

namespace mpr {

/// For how long to sleep at most before looking again at what may have been left by somebody who was killed.
inline constexpr std::chrono::milliseconds kLookAgain{200};

class WaitChannel {
 public:
  struct Ticket {
    uint32_t sequence;
  };
  struct Notice {
    uint32_t enlisted;
    bool needed;
  };

  [[nodiscard]] Ticket enlist();
  /// Returns when something was announced since the ticket was taken, or kLookAgain or the deadline is past: look again
  /// in any case. Spins a few microseconds before it sleeps, where there are several CPUs.
  void wait(Ticket ticket, os::Time deadline) const;

  [[nodiscard]] Notice announce();
  void wake_one(Notice notice) { wake(notice, 1); }
  void wake_all(Notice notice);

 private:
  void wake(Notice notice, int sleepers);

  std::atomic<uint32_t> sequence_{0};  ///< changes with each announcement; what sleepers sleep on
  std::atomic<uint32_t> enlisted_{0};  ///< tickets given
  std::atomic<uint32_t> idle_at_{0};   ///< of those tickets, up to which nobody sleeps
};

}  // namespace mpr
