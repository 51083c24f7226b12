// Array<T>: elements in shared memory, with a lock. RawArray<T>: the same without.
//
//   mpr::Array<double> a(1000);                                    // zeros; before the processes are started
//   mpr::Array<int> squares{1, 4, 9};                              // also of any range
//   mpr::Process p([&] { std::scoped_lock guard(squares.lock()); std::ranges::reverse(squares); });
//
// A range like std::vector, of a size that stays: a slice is span().subspan(first, count).
//
// T, Ownership, Threads and Processes: as with Value, see mpr/value.hpp. atomic(i) changes an element in one step.
// Errors: std::length_error for a size that no memory could have, std::system_error when this process may not have that
//   much; std::out_of_range from at(); OwnerDied from whatever locks.
// Limits: memory is taken page by page as elements are first touched; where the system then has none left, it kills.
// Unlike Python: an index is not checked by [], because C++ programs expect that: at() does; and none is negative.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <ranges>
#include <span>
#include <vector>

#include "mpr/value.hpp"

namespace mpr {

namespace array {

/// Zeros. Empty when there are no elements.
[[nodiscard]] os::SharedMapping share(size_t elements, size_t element_bytes);
[[noreturn]] void refuse_index(size_t index, size_t size);

template <class Range, class T>
concept ElementsFor =
    std::ranges::input_range<Range> && std::constructible_from<T, std::ranges::range_reference_t<Range>>;

}  // namespace array

template <class T>
class RawArray {
  static_assert(Shareable<T>,
                "mpr: elements of this type cannot be shared between processes: it must be trivially copyable, and no "
                "pointer, reference, view or array");

 public:
  using value_type = T;

  /// So many T{}, which is 0 for numbers.
  explicit RawArray(size_t size) requires std::default_initializable<T> : RawArray(Uninitialized{}, size) {
    if constexpr (!std::is_trivially_default_constructible_v<T>) std::uninitialized_value_construct(begin(), end());
  }
  RawArray(std::initializer_list<T> elements) : RawArray(std::span(elements.begin(), elements.size())) {}
  template <array::ElementsFor<T> Range>
  requires(!std::derived_from<std::remove_cvref_t<Range>, RawArray>) explicit RawArray(Range&& elements) {
    if constexpr (std::ranges::forward_range<Range>) {
      *this = RawArray(Uninitialized{}, static_cast<size_t>(std::ranges::distance(elements)));
      std::ranges::uninitialized_copy(elements, *this);
    } else {
      std::vector<T> held;
      for (auto&& element : elements) held.emplace_back(std::forward<decltype(element)>(element));
      *this = RawArray(held);
    }
  }

  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] T* data() { return reinterpret_cast<T*>(memory_.data()); }
  [[nodiscard]] const T* data() const { return reinterpret_cast<const T*>(memory_.data()); }
  [[nodiscard]] std::span<T> span() { return {data(), size_}; }
  [[nodiscard]] std::span<const T> span() const { return {data(), size_}; }

  [[nodiscard]] T* begin() { return data(); }
  [[nodiscard]] T* end() { return data() + size_; }
  [[nodiscard]] const T* begin() const { return data(); }
  [[nodiscard]] const T* end() const { return data() + size_; }

  [[nodiscard]] T& operator[](size_t index) { return data()[index]; }
  [[nodiscard]] const T& operator[](size_t index) const { return data()[index]; }
  [[nodiscard]] T& at(size_t index) { return data()[checked(index)]; }
  [[nodiscard]] const T& at(size_t index) const { return data()[checked(index)]; }
  /// There must be one.
  [[nodiscard]] T& front() { return data()[0]; }
  [[nodiscard]] const T& front() const { return data()[0]; }
  [[nodiscard]] T& back() { return data()[size_ - 1]; }
  [[nodiscard]] const T& back() const { return data()[size_ - 1]; }

  void fill(const T& value) { std::ranges::fill(*this, value); }
  /// Checks the index as at() does.
  [[nodiscard]] std::atomic_ref<T> atomic(size_t index) requires LockFree<T> { return std::atomic_ref<T>(at(index)); }

  /// Another array, equal to this one now and independent of it.
  [[nodiscard]] RawArray copy() const { return RawArray(span()); }

 private:
  struct Uninitialized {};
  RawArray(Uninitialized, size_t size) : memory_(array::share(size, sizeof(T))), size_(size) {}

  [[nodiscard]] size_t checked(size_t index) const {
    if (index >= size_) array::refuse_index(index, size_);
    return index;
  }

  os::SharedMapping memory_;
  size_t size_ = 0;
};

template <class T>
class Array : public RawArray<T> {
 public:
  explicit Array(size_t size) requires std::default_initializable<T> : RawArray<T>(size) {}
  Array(size_t size, RLock& lock) requires std::default_initializable<T> : RawArray<T>(size), lock_(lock) {}
  Array(std::initializer_list<T> elements) : RawArray<T>(elements) {}
  Array(std::initializer_list<T> elements, RLock& lock) : RawArray<T>(elements), lock_(lock) {}
  template <array::ElementsFor<T> Range>
  requires(!std::derived_from<std::remove_cvref_t<Range>, RawArray<T>>) explicit Array(Range&& elements)
      : RawArray<T>(std::forward<Range>(elements)) {}
  template <array::ElementsFor<T> Range>
  Array(Range&& elements, RLock& lock) : RawArray<T>(std::forward<Range>(elements)), lock_(lock) {}

  /// Recursive, so that a function that locks may be called by one that has.
  [[nodiscard]] RLock& lock() const { return lock_.get(); }

  /// Another Array, with a lock of its own. Waits for this one's lock.
  [[nodiscard]] Array copy() const {
    const std::scoped_lock guard(lock());
    return Array(this->span());
  }

 private:
  OwnOrGivenLock lock_;
};

}  // namespace mpr
