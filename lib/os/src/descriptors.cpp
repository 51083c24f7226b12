#include "os/descriptors.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "os/error.hpp"

namespace mpr::os {
namespace {

/// None without /proc: then a child holds copies it does not use.
std::vector<int> open_descriptors() {
  std::vector<int> open;
  const std::unique_ptr<DIR, int (*)(DIR*)> listing{::opendir("/proc/self/fd"), &::closedir};
  while (const dirent* entry = listing ? ::readdir(listing.get()) : nullptr) {
    int fd = -1;
    const char* end = entry->d_name + std::strlen(entry->d_name);
    if (std::from_chars(entry->d_name, end, fd).ptr == end && fd != ::dirfd(listing.get())) open.push_back(fd);
  }
  return open;
}

}  // namespace

UniqueFd open_null() {
  return UniqueFd{check(::open("/dev/null", O_RDWR | O_CLOEXEC), "open")};
}

void redirect(FdRef target, FdRef source) {
  check(retry_eintr([&] { return ::dup2(source.get(), target.get()); }), "dup2");
}

void ensure_standard_descriptors() {
  for (const FdRef standard : {kStdin, kStdout, kStderr}) {
    if (::fcntl(standard.get(), F_GETFD) >= 0) continue;
    // The lowest free number is given out, which is this one: those below are open by now.
    (void)::open("/dev/null", O_RDWR);
  }
}

void close_as_exec_would(std::initializer_list<FdRef> keep) {
  for (const int fd : open_descriptors()) {
    const bool kept = std::find(keep.begin(), keep.end(), FdRef{fd}) != keep.end();
    if (!kept && (::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0) ::close(fd);
  }
}

void close_all_from(int first, FdRef keep) {
  for (const int fd : open_descriptors()) {
    if (fd >= first && fd != keep.get()) ::close(fd);
  }
}

}  // namespace mpr::os
