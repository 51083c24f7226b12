// Value<T>: one value in shared memory, with a lock. RawValue<T>: the same without.
//
//   mpr::Value<int> v(0);                                          // before the processes that share it are started
//   mpr::Process p([&] { std::scoped_lock guard(v.lock()); v.get() += 1; });
//   v.fetch_add(1);                                                // numbers: without a lock, in one step
//
// T is trivially copyable and neither pointer, reference nor view; a struct that holds one is for you not to share.
//
// Ownership: move-only, and get() is where it was after a move. A lock that is given to the constructor stays the
//   user's and must outlive the Value; several may share one.
// Errors: std::system_error when there is no memory; OwnerDied from whatever locks, see mpr/lock.hpp.
// Threads, processes: get() is plain memory: who writes it when is to be ordered, by lock() for example. load(),
// store()
//   and the operations of numbers do not wait for the lock and are one step each, provided std::atomic_ref<T> is always
//   lock-free (up to 8 bytes, as a rule); for larger types load() and store() copy, and can be torn, and the others do
//   not exist. Whoever mixes both ways can lose one of them. A process that dies changes nothing but what it has
//   written; what it has half written under lock() is told as OwnerDied.
// Limits: each has a page of memory and a mapping of its own, of which Linux grants a process some 65000: for many
//   values use an Array, or one Value of a struct. wait() and notify() of std::atomic_ref do not reach other processes.
// Unlike Python: the type is checked when it is compiled, and a RawValue of a number has operations that need no lock,
//   because C++ has both.
#pragma once

#include <atomic>
#include <concepts>
#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>

#include "mpr/lock.hpp"
#include "mpr/plain.hpp"
#include "os/shared_mapping.hpp"

namespace mpr {

template <class T>
concept Shareable =
    Plain<T> && !std::is_array_v<T> && !std::is_const_v<T> && !std::is_volatile_v<T> && alignof(T) <= 4096;

/// Processes that share such a value can change it in one step.
template <class T>
concept LockFree = Shareable<T> && std::copy_constructible<T> && std::atomic_ref<T>::is_always_lock_free;

/// Numbers that are LockFree.
template <class T>
concept LockFreeNumber = LockFree<T> && std::is_arithmetic_v<T> && !std::same_as<T, bool>;

template <class T>
class RawValue {
  static_assert(Shareable<T>,
                "mpr: this type cannot be shared between processes: it must be trivially copyable, and no pointer, "
                "reference, view or array (for those there is mpr::Array)");

 public:
  explicit RawValue(const T& initial = T{}) : object_(initial) {}

  [[nodiscard]] T& get() { return *object_; }
  [[nodiscard]] const T& get() const { return *object_; }

  [[nodiscard]] T load() const {
    if constexpr (LockFree<T>) return std::atomic_ref<T>(*object_).load();
    return *object_;
  }
  void store(const T& value) {
    if constexpr (LockFree<T>) {
      atomic().store(value);
    } else {
      *object_ = value;
    }
  }

  [[nodiscard]] std::atomic_ref<T> atomic() requires LockFree<T> { return std::atomic_ref<T>(*object_); }
  T exchange(T value) requires LockFree<T> { return atomic().exchange(value); }
  /// True: it was `expected` (in every byte) and is `desired` now. False: `expected` is what it was instead.
  bool compare_exchange(T& expected, T desired) requires LockFree<T> {
    return atomic().compare_exchange_strong(expected, desired);
  }
  /// Both answer the value before. Integers wrap around.
  T fetch_add(T by) requires LockFreeNumber<T> { return atomic().fetch_add(by); }
  T fetch_sub(T by) requires LockFreeNumber<T> { return atomic().fetch_sub(by); }

  /// Another value, equal to this one now and independent of it.
  [[nodiscard]] RawValue copy() const { return RawValue(load()); }

 private:
  os::SharedObject<T> object_;
};

/// A lock of one's own, or one that the user gave.
class OwnOrGivenLock {
 public:
  OwnOrGivenLock() : own_(std::make_unique<RLock>()), lock_(own_.get()) {}
  explicit OwnOrGivenLock(RLock& given) : lock_(&given) {}
  [[nodiscard]] RLock& get() const { return *lock_; }

 private:
  std::unique_ptr<RLock> own_;
  RLock* lock_;
};

template <class T>
class Value : public RawValue<T> {
 public:
  explicit Value(const T& initial = T{}) : RawValue<T>(initial) {}
  Value(const T& initial, RLock& lock) : RawValue<T>(initial), lock_(lock) {}

  /// Recursive, so that a function that locks may be called by one that has.
  [[nodiscard]] RLock& lock() const { return lock_.get(); }

  /// Another Value, with a lock of its own. Waits for this one's lock.
  [[nodiscard]] Value copy() const {
    const std::scoped_lock guard(lock());
    return Value(this->get());
  }

 private:
  OwnOrGivenLock lock_;
};

}  // namespace mpr
