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

UniqueFd open_null() {
  return UniqueFd{check(::open("/dev/null", O_RDWR | O_CLOEXEC), "open")};
}

void redirect(FdRef target, FdRef source) {
  check(retry_eintr([&] { return ::dup2(source.get(), target.get()); }), "dup2");
}

void ensure_standard_descriptors() {
  for (const FdRef standard : {kStdin, kStdout, kStderr}) {
    if (::fcntl(standard.get(), F_GETFD) >= 0) continue;
    // The lowest free number is given out, which is this one: those below are open by now. What is written to a closed
    // stdout is not to be lost silently, so that one cannot be written to.
    (void)::open("/dev/null", standard == kStdout ? O_RDONLY : O_RDWR);
  }
}

void close_as_exec_would(std::initializer_list<FdRef> keep) {
  const std::unique_ptr<DIR, int (*)(DIR*)> listing{::opendir("/proc/self/fd"), &::closedir};
  if (!listing) return;  // without /proc the child holds copies it does not use
  std::vector<int> doomed;
  while (const dirent* entry = ::readdir(listing.get())) {
    int fd = -1;
    const char* end = entry->d_name + std::strlen(entry->d_name);
    if (std::from_chars(entry->d_name, end, fd).ptr != end) continue;
    const bool kept = std::find(keep.begin(), keep.end(), FdRef{fd}) != keep.end();
    if (fd == ::dirfd(listing.get()) || kept) continue;
    if ((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0) doomed.push_back(fd);
  }
  for (const int fd : doomed) ::close(fd);
}

}  // namespace mpr::os
