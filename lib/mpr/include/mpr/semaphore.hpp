// Semaphore: so many at a time. BoundedSemaphore: and never more.
//
//   mpr::Semaphore three(3);                     // in the parent; children that are forked afterwards share it
//   three.acquire(); download(); three.release();
//   mpr::Semaphore wake(0);                      // for signals: one releases, another acquires
//
// Ownership: move-only; made before the processes that share it are started.
// Errors: std::logic_error: a BoundedSemaphore released more often than acquired; more than kMost permits. Error: more
//   than 1024 processes hold permits at the same time.
// Threads: any number. Permits are the process's: any of its threads may release them.
// Processes: when one ends holding permits, however it ends, they are given back: at the latest 200 ms after somebody
// has
//   found none left. No death at any point loses or doubles a permit. A forked child does not hold what its parent
//   does.
// Fairness: none. A permit goes to whoever is there first, most often one that is running already.
// Unlike Python: permits of the dead come back, because its users hang for ever. So it has to be known whether a permit
//   stays with who acquired it (Permits::held) or is used up by it, and made anew by whoever releases
//   (Permits::passed). A semaphore that begins with none is for signals: passed. Every other: held. A BoundedSemaphore
//   is released only by processes that hold permits, unless they are passed.
#pragma once

#include <chrono>
#include <cstdint>

#include "os/shared_mapping.hpp"

namespace mpr {

class Semaphore {
 public:
  enum class Permits : uint8_t {
    held,    ///< by the process that acquired them, until it releases them or ends
    passed,  ///< acquired in one process, released in another; nobody's death gives any back
  };
  static constexpr uint32_t kMost = 0x7fffffff;

  explicit Semaphore(uint32_t permits) : Semaphore(permits, permits == 0 ? Permits::passed : Permits::held) {}
  Semaphore(uint32_t permits, Permits kind) : Semaphore(permits, kind, kMost) {}

  void acquire() { (void)try_acquire_until(std::chrono::steady_clock::time_point::max()); }
  /// False when there is none.
  [[nodiscard]] bool try_acquire() { return try_acquire_until(std::chrono::steady_clock::time_point::min()); }
  /// False when the time was over first.
  [[nodiscard]] bool try_acquire_until(std::chrono::steady_clock::time_point deadline);
  [[nodiscard]] bool try_acquire_for(std::chrono::nanoseconds time);

  /// Gives `permits` back at once. Of a Semaphore whose permits are held, those that this process does not hold are new
  /// ones.
  void release(uint32_t permits = 1);

  /// How many could be acquired now.
  [[nodiscard]] uint32_t value() const;

 protected:
  Semaphore(uint32_t permits, Permits kind, uint32_t most);

 private:
  class State;

  os::SharedMapping memory_;
  State* state_;
};

class BoundedSemaphore : public Semaphore {
 public:
  explicit BoundedSemaphore(uint32_t permits, Permits kind = Permits::held) : Semaphore(permits, kind, permits) {}
};

}  // namespace mpr
