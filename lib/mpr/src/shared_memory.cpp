#include "mpr/shared_memory.hpp"

#include <limits>
#include <stdexcept>
#include <string>
#include <system_error>

#include "os/io.hpp"

namespace mpr {
namespace {

os::UniqueFd make_file(size_t bytes) {
  if (bytes == 0) throw std::invalid_argument("shared memory of 0 bytes");
  if (bytes > static_cast<size_t>(std::numeric_limits<std::ptrdiff_t>::max())) {
    throw std::length_error("shared memory of " + std::to_string(bytes) + " bytes is larger than memory can be");
  }
  return os::make_memory_file(bytes);
}

size_t size_of(os::FdRef file) {
  const size_t bytes = os::sealed_size(file);
  if (bytes == 0) throw std::invalid_argument("shared memory of 0 bytes");
  return bytes;
}

os::SharedMapping map(os::FdRef file, size_t bytes) {
  try {
    return os::SharedMapping(file, bytes);
  } catch (const std::system_error& error) {
    throw std::system_error(error.code(), "cannot share " + std::to_string(bytes) + " bytes of memory");
  }
}

}  // namespace

SharedMemory::SharedMemory(size_t bytes) : SharedMemory(make_file(bytes), bytes) {}

SharedMemory::SharedMemory(os::UniqueFd file, size_t bytes) : file_(std::move(file)), mapping_(map(file_, bytes)) {}

SharedMemory SharedMemory::attach(os::UniqueFd&& file) {
  const size_t bytes = size_of(file);
  return SharedMemory(std::move(file), bytes);
}

SharedMemory SharedMemory::attach(os::FdRef file) {
  return attach(os::duplicate(file));
}

std::byte* SharedMemory::checked(size_t offset, size_t count, size_t object_bytes, size_t alignment) const {
  if (offset > size() || count > (size() - offset) / object_bytes) {
    throw std::out_of_range(std::to_string(count) + " objects of " + std::to_string(object_bytes) +
                            " bytes at offset " + std::to_string(offset) + " of " + std::to_string(size()) +
                            " bytes of shared memory");
  }
  if (offset % alignment != 0) {
    throw std::invalid_argument("offset " + std::to_string(offset) + " in shared memory is not a multiple of " +
                                std::to_string(alignment) + ", as the type needs");
  }
  return mapping_.data() + offset;
}

}  // namespace mpr
