// Board: what a worker of a pool and the pool's owner know of each other without asking, in memory that they share.
//
// Each chunk given to a worker has a ticket, and each change of a ticket is one compare-and-exchange, so that owner and
// worker never disagree about what has been started:
//
//   given -> started -> done          the worker's
//   given -> withdrawn                the owner's: the chunk is cancelled, or goes to another worker
//   started -> condemned              the owner's: the worker is about to be killed for it
//
// A worker that finds its ticket condemned does nothing more.
//
// Processes: whoever dies leaves the board as it is; every word of it stands for itself.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace mpr::pool {

enum class Ticket : uint8_t { free, given, started, done, withdrawn, condemned };

/// Chunks that a worker may have been given at a time.
inline constexpr size_t kTickets = 64;

struct Board {
  std::array<std::atomic<Ticket>, kTickets> tickets;
  alignas(64) std::atomic<uint64_t> given;  ///< the owner's count of what it has sent, for a worker that spins
  alignas(64) std::atomic<uint64_t> sent;   ///< the worker's count of results that it has sent, for an owner that spins
  std::atomic<uint64_t> taken;              ///< the last frame that the worker has taken up, to run it or to leave it
  std::atomic<uint32_t> item;               ///< of the chunk that runs, which is being worked on
  std::atomic<int64_t> item_began;          ///< when, in ns of the monotonic clock; only if there is a time limit
  std::atomic<bool> ready;                  ///< the worker has run the initializer

  [[nodiscard]] std::atomic<Ticket>& ticket(uint64_t sequence) { return tickets[sequence % kTickets]; }
};

/// Whether the ticket was `from` and is `to` now.
inline bool change(std::atomic<Ticket>& ticket, Ticket from, Ticket to) {
  return ticket.compare_exchange_strong(from, to);
}

}  // namespace mpr::pool
