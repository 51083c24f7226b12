// What a queue keeps in shared memory: a ring of frames, with producers at its tail and consumers at its head, each
// side under a mutex of its own, so that one producer and one consumer do not get in each other's way.
//
// Positions are counted in bytes from the beginning of time; a frame is the item's length (8 bytes) and its bytes,
// filled up to a multiple of 8. An item is in the queue when `tail` passes it, and out when `head` does: one store
// each. How many items there are is told by two counts beside them, which whoever finds a side's last holder dead sets
// right.
#pragma once

#include <atomic>
#include <cstdint>

#include "holders.hpp"
#include "mpr/queue.hpp"
#include "os/robust_mutex.hpp"
#include "shared_word.hpp"
#include "wait_channel.hpp"

namespace mpr {

/// One side's position and count, which change together, or as good as.
class QueueMark {
 public:
  [[nodiscard]] uint64_t position() const { return position_.load(std::memory_order_acquire); }
  /// Right also when whoever was to note it was killed, and nobody has repaired it: it follows the position.
  [[nodiscard]] uint64_t count() const {
    for (;;) {
      const uint64_t next = next_position_.load();
      const uint64_t count = position_.load() == next ? next_count_.load() : count_.load();
      if (next_position_.load() == next) return count;
    }
  }

  /// With the side's mutex held. Killed in here, the position has moved or not; repair() brings the count after it.
  void advance(uint64_t position) {
    const uint64_t count = count_.load(std::memory_order_relaxed) + 1;
    // In this order: until the position moves, the next one is another, so that the next count is not taken for it.
    next_position_.store(position, std::memory_order_release);
    next_count_.store(count, std::memory_order_release);
    position_.store(position, std::memory_order_release);
    count_.store(count, std::memory_order_release);
  }
  void repair() {
    if (position() == next_position_.load()) count_.store(next_count_.load());
  }

 private:
  std::atomic<uint64_t> position_{0};
  std::atomic<uint64_t> count_{0};
  std::atomic<uint64_t> next_position_{0};
  std::atomic<uint64_t> next_count_{0};
};

/// A side's mutex. Locking it puts the mark right if the last holder was killed.
class QueueSide {
 public:
  void lock() {
    if (mutex_.lock() == os::RobustMutex::Outcome::owner_died) mark.repair();
  }
  void unlock() { mutex_.unlock(); }

  QueueMark mark;
  std::atomic<uint64_t> other_position{0};  ///< of the other side, when this one last looked
  std::atomic<uint64_t> other_count{0};

 private:
  os::RobustMutex mutex_;
};

struct QueueBase::State {
  State(size_t most, uint64_t bytes, Takers kept) : maxsize(most), capacity(bytes), takers(kept) {}

  const size_t maxsize;
  const uint64_t capacity;  ///< of the ring, a multiple of `step`
  const Takers takers;
  uint64_t step = 0;  ///< so many bytes of the ring are given back to the system at a time

  alignas(64) QueueSide producers;
  alignas(64) QueueSide consumers;
  alignas(64) std::atomic<uint64_t> reusable{0};  ///< position up to which what was consumed may be written over
  std::atomic<bool> watched{false};               ///< somebody waits for the descriptor
  alignas(64) WaitChannel not_empty;
  alignas(64) WaitChannel not_full;

  // Of a JoinableQueue.
  os::RobustMutex done_mutex;
  WaitChannel all_done;
  SharedWord<uint64_t> done;  ///< items dealt with
  SharedWord<uint64_t> lost;  ///< items whose takers died
  Holders held;               ///< items got and not dealt with, by process
};

}  // namespace mpr
