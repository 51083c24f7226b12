// Waiters: the threads that wait for something, one by one: since when, what has become of it, and who is still there.
//
//   Waiters::Place place(waiters, number);     // in the thread that waits: from now on it is counted
//   ... unlock; place.sleep_until(deadline); lock ...
//   for (Waiters::Waiter& waiter : waiters.all()) if (waiter.waits() && waiter.is_there()) waiter.tell(Fate::go);
//
// Ownership: lives in shared memory beside the mutex that protects it: with that held a place is taken, and others'
//   places are looked at. A place is left without it.
// Errors: Error when kThreads wait already.
// Processes: each waiting thread holds a robust mutex of its own for as long as it waits: the kernel frees it when the
//   thread dies, so that a look at it tells who is there, without a system call. The places of the dead are used again.
// Limits: kThreads at the same time. Memory is touched only for as many as there have been.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "os/clock.hpp"
#include "os/robust_mutex.hpp"
#include "shared_word.hpp"

namespace mpr {

class Waiters {
 public:
  static constexpr uint32_t kThreads = 1024;

  enum class Fate : uint32_t {
    none,     ///< nobody is here
    waiting,  ///< not told anything yet
    go,       ///< what it waits for has come
    fail,     ///< and will not come any more
  };

  class Waiter {
   public:
    [[nodiscard]] bool waits() const { return fate() == Fate::waiting; }
    [[nodiscard]] bool is_there() const { return presence_.is_locked(); }
    [[nodiscard]] uint64_t number() const { return number_; }
    [[nodiscard]] Fate fate() const { return static_cast<Fate>(fate_.load(std::memory_order_acquire)); }

    /// Only of one that waits. Somebody else has to wake it, too, unless it looks itself.
    void tell(Fate fate) { fate_.store(static_cast<uint32_t>(fate), std::memory_order_release); }
    void wake();

   private:
    friend class Waiters;

    os::RobustMutex presence_;
    std::atomic<uint32_t> fate_{0};  ///< a Fate; what the thread sleeps on
    SharedWord<uint64_t> number_;
  };

  /// The place of this thread, for as long as this object lives.
  class Place {
   public:
    Place(Waiters& waiters, uint64_t number) : waiter_(waiters.take_place(number)) {}
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place();

    [[nodiscard]] Fate fate() const { return waiter_.fate(); }
    /// Until it is told its fate, or the time is over; may be early.
    void sleep_until(os::Time deadline) const;

   private:
    Waiter& waiter_;
  };

  Waiters() : used_(0) {}  // leaves the places alone: untouched memory costs nothing

  /// All places that have been used, empty ones too.
  [[nodiscard]] std::span<Waiter> all();

 private:
  [[nodiscard]] Waiter& take_place(uint64_t number);

  SharedWord<uint32_t> used_;
  alignas(Waiter) std::array<std::byte, kThreads * sizeof(Waiter)> places_;
};

}  // namespace mpr
