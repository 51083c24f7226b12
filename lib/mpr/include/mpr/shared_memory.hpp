// SharedMemory: bytes that unrelated processes can share too, for programs that bring their own layout.
//
//   mpr::SharedMemory memory(1 << 20);                             // zeros
//   auto& header = memory.as<Header>();
//   std::span<float> samples = memory.array<float>(sizeof(Header), header.count);
//
// It is a file in memory without a name. Children see it at the same address. Any other process gets it by its
// descriptor, through a Unix socket or a program that is started with it:
//
//   auto memory = mpr::SharedMemory::attach(std::move(received));  // an os::UniqueFd; an os::FdRef is only borrowed
//
// Ownership: move-only; fd() is its own, close-on-exec, and valid as long as it. There is nothing to clean up: the
//   memory is gone when the last process that has it (or only its descriptor) has ended, however it ended.
// Errors: std::length_error, std::invalid_argument for impossible sizes; std::system_error from the kernel; from
//   attach() EINVAL for what is not a memory file of fixed size, because one that shrinks kills whoever reads it.
//   as() and array(): std::out_of_range beyond the end, std::invalid_argument for an offset that T is not aligned to.
// Threads, processes: plain memory; whoever has the descriptor can write anything at any time. Use atomic types (only
//   those that are lock-free) or locks of your own where that matters.
// Limits: memory is taken page by page as it is first touched; where the system then has none left, it kills.
// Unlike Python: there are no names and so no unlink(), because names outlive the processes that should remove them.
#pragma once

#include <cstddef>
#include <span>
#include <type_traits>

#include "mpr/plain.hpp"
#include "os/shared_mapping.hpp"
#include "os/unique_fd.hpp"

namespace mpr {

class SharedMemory {
 public:
  explicit SharedMemory(size_t bytes);
  [[nodiscard]] static SharedMemory attach(os::UniqueFd&& file);
  [[nodiscard]] static SharedMemory attach(os::FdRef file);

  [[nodiscard]] size_t size() const { return mapping_.size(); }
  [[nodiscard]] os::FdRef fd() const { return file_; }
  [[nodiscard]] std::span<std::byte> bytes() { return {mapping_.data(), size()}; }
  [[nodiscard]] std::span<const std::byte> bytes() const { return {mapping_.data(), size()}; }

  /// The object at this offset. Nothing is constructed: before anybody writes, its bytes are zero.
  template <class T>
  [[nodiscard]] T& as(size_t offset = 0) {
    return array<T>(offset, 1).front();
  }
  /// `count` objects side by side from this offset on.
  template <class T>
  [[nodiscard]] std::span<T> array(size_t offset, size_t count) {
    static_assert(!PointsElsewhere<T> && std::is_trivially_destructible_v<T>,
                  "mpr: such a type cannot lie in shared memory: use types without pointers or destructors");
    return {reinterpret_cast<T*>(checked(offset, count, sizeof(T), alignof(T))), count};
  }

 private:
  SharedMemory(os::UniqueFd file, size_t bytes);
  [[nodiscard]] std::byte* checked(size_t offset, size_t count, size_t object_bytes, size_t alignment) const;

  os::UniqueFd file_;
  os::SharedMapping mapping_;
};

}  // namespace mpr
