// SharedMapping: memory that this process and those it forks from now on see together.
//
//   SharedObject<Counter> counter;                  // one object in a mapping of its own
//   counter->value.fetch_add(1);
//
// Ownership: move-only. The destructor unmaps it in this process; the memory is gone when the last process has unmapped
//   it or ended, however that ended: there is no name and nothing to clean up.
// Errors: std::system_error (ENOMEM: no address space or memory left).
// Threads, processes: plain memory; who writes what when is the user's to order. A child has it at the same address.
// Memory: zero at first, and taken from the system page by page as it is touched.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

#include "unique_fd.hpp"

namespace mpr::os {

class SharedMapping {
 public:
  SharedMapping() = default;
  /// Anonymous. `bytes` is address space: no memory is set aside for it.
  explicit SharedMapping(size_t bytes);
  /// The first `bytes` of a memory file; the descriptor is not needed afterwards.
  SharedMapping(FdRef file, size_t bytes);
  SharedMapping(SharedMapping&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  SharedMapping& operator=(SharedMapping&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~SharedMapping();

  [[nodiscard]] std::byte* data() const { return data_; }
  [[nodiscard]] size_t size() const { return size_; }

  /// Gives memory back to the system; what was there is zero again. Whole pages within the range only.
  void discard(size_t offset, size_t bytes) const;

 private:
  std::byte* data_ = nullptr;
  size_t size_ = 0;
};

/// A file in memory without a name, of this size and zero, close-on-exec (memfd_create(2)). Its size is sealed: nobody
/// who is given the descriptor can take memory away from those who have mapped it.
[[nodiscard]] UniqueFd make_memory_file(size_t bytes);

/// The size of a memory file that was made as above; throws std::system_error (EINVAL) for any other file, because one
/// that can shrink would kill those who have mapped it.
[[nodiscard]] size_t sealed_size(FdRef file);

/// One object in a mapping of its own. Its destructor is never run: other processes may still use it.
template <class Object>
class SharedObject {
  static_assert(std::is_trivially_destructible_v<Object>, "no process can know that it is the last to use it");

 public:
  template <class... Args>
  explicit SharedObject(Args&&... args)
      : mapping_(sizeof(Object)), object_(new (mapping_.data()) Object(std::forward<Args>(args)...)) {}
  SharedObject(SharedObject&& other) noexcept
      : mapping_(std::move(other.mapping_)), object_(std::exchange(other.object_, nullptr)) {}
  SharedObject& operator=(SharedObject&& other) noexcept {
    mapping_ = std::move(other.mapping_);
    object_ = std::exchange(other.object_, nullptr);
    return *this;
  }

  [[nodiscard]] Object* operator->() const { return object_; }
  [[nodiscard]] Object& operator*() const { return *object_; }
  /// False after it has been moved from.
  [[nodiscard]] explicit operator bool() const { return object_ != nullptr; }

 private:
  SharedMapping mapping_;
  Object* object_ = nullptr;
};

}  // namespace mpr::os
