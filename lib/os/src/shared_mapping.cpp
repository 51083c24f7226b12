#include "os/shared_mapping.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/error.hpp"

namespace mpr::os {
namespace {

std::byte* map(int flags, FdRef file, size_t bytes) {
  void* const start = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | flags, file.get(), 0);
  if (start == MAP_FAILED) throw_errno("mmap");
  return static_cast<std::byte*>(start);
}

constexpr int kSizeSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

}  // namespace

SharedMapping::SharedMapping(size_t bytes) : data_(map(MAP_ANONYMOUS | MAP_NORESERVE, {}, bytes)), size_(bytes) {}

SharedMapping::SharedMapping(FdRef file, size_t bytes) : data_(map(0, file, bytes)), size_(bytes) {}

SharedMapping::~SharedMapping() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

void SharedMapping::discard(size_t offset, size_t bytes) const {
  const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  const size_t first = (offset + page - 1) / page * page;
  const size_t last = (offset + bytes) / page * page;
  // A kernel that cannot (no tmpfs) just keeps the memory.
  if (first < last) (void)::madvise(data_ + first, last - first, MADV_REMOVE);
}

UniqueFd make_memory_file(size_t bytes) {
  UniqueFd file{check(::memfd_create("mpr", MFD_CLOEXEC | MFD_ALLOW_SEALING), "memfd_create")};
  check(retry_eintr([&] { return ::ftruncate(file.get(), static_cast<off_t>(bytes)); }), "ftruncate");
  check(::fcntl(file.get(), F_ADD_SEALS, kSizeSeals), "fcntl");
  return file;
}

size_t sealed_size(FdRef file) {
  const int seals = ::fcntl(file.get(), F_GET_SEALS);
  if (seals < 0 || (seals & kSizeSeals) != kSizeSeals) throw_errno("not a memory file of fixed size", EINVAL);
  struct stat status {};
  check(::fstat(file.get(), &status), "fstat");
  return static_cast<size_t>(status.st_size);
}

}  // namespace mpr::os
