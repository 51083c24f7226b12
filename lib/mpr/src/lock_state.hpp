// BasicLock::State: a lock, as it lies in shared memory.
//
// The robust mutex says who has it. Beside it: in which process, from just before lock() returns to just after unlock()
// is called, so that a death outside of that time, when nothing can be half changed, is nobody's concern; and who died
// in between.
//
// Processes: the members are single words, and written in such an order that a death between any two leaves at worst
// a death to be told of again.
#pragma once

#include <atomic>
#include <cstdint>

#include "mpr/lock.hpp"
#include "os/robust_mutex.hpp"

namespace mpr {

class BasicLock::State {
 public:
  explicit State(Again again) : again_(again) {}

  void lock();
  bool try_lock();
  bool lock_until(os::Time deadline);
  void unlock();

  /// Whom the lock was recovered from; 0: nobody had died. Nothing: too late.
  std::optional<int> recover_until(os::Time deadline);

  [[nodiscard]] bool locked() const { return mutex_.is_locked(); }
  [[nodiscard]] bool held() const { return mutex_.held_by_this_thread(); }
  [[nodiscard]] int owner() const { return locked() ? owner_.load(std::memory_order_relaxed) : 0; }
  /// Whether lock() would throw OwnerDied, or may.
  [[nodiscard]] bool in_doubt() const { return mutex_.holder_died() || poisoned_.load(std::memory_order_relaxed) != 0; }

  /// The holder's: how often to unlock it beyond the first time.
  [[nodiscard]] uint32_t levels() const { return levels_; }
  void set_levels(uint32_t levels) { levels_ = levels; }

 private:
  void lock_again();
  void admit(os::RobustMutex::Outcome outcome, int pid);
  void admit_in_doubt(os::RobustMutex::Outcome outcome);
  void note_death();

  os::RobustMutex mutex_;
  std::atomic<int> owner_{0};     ///< the process whose thread is between lock() and unlock()
  std::atomic<int> poisoned_{0};  ///< the last that died there, until recovered from
  uint32_t levels_ = 0;           ///< as often has the holder locked it again
  const Again again_;
};

}  // namespace mpr
