// SharedWord: a number in shared memory that is changed under a mutex, and survives whoever changes it.
//
//   total.set(total + 1); free.set(free + 1);     // killed anywhere: both, the first alone, or none
//
// Each change is one store, and stores happen in the order of the program's text: a process is killed between two of
// them, never within. (An ordinary variable's may be reordered, split or left out by the compiler.)
// Threads, processes: a read without the mutex is whole, and may be out of date.
#pragma once

#include <atomic>
#include <concepts>

namespace mpr {

template <class Number>
requires std::integral<Number> || std::is_enum_v<Number>
class SharedWord {
 public:
  SharedWord() = default;
  explicit SharedWord(Number number) : word_(number) {}

  [[nodiscard]] operator Number() const {  // NOLINT(google-explicit-constructor): it is a number
    return word_.load(std::memory_order_relaxed);
  }

  void set(Number number) {
    std::atomic_signal_fence(std::memory_order_seq_cst);
    word_.store(number, std::memory_order_relaxed);
    std::atomic_signal_fence(std::memory_order_seq_cst);
  }

 private:
  static_assert(std::atomic<Number>::is_always_lock_free);
  std::atomic<Number> word_{};
};

}  // namespace mpr
