#include "os/descriptors.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

#include "os/error.hpp"

namespace mpr::os {
namespace {

/// None where they cannot be listed: without /proc, or without a descriptor to read it with.
std::optional<std::vector<int>> listed_descriptors() {
  const std::unique_ptr<DIR, int (*)(DIR*)> listing{::opendir("/proc/self/fd"), &::closedir};
  if (!listing) return std::nullopt;
  std::vector<int> listed;
  errno = 0;
  while (const dirent* entry = ::readdir(listing.get())) {
    int fd = -1;
    const char* end = entry->d_name + std::strlen(entry->d_name);
    if (std::from_chars(entry->d_name, end, fd).ptr == end && fd != ::dirfd(listing.get())) listed.push_back(fd);
  }
  if (errno != 0) return std::nullopt;
  return listed;
}

/// All that are open, by asking poll(2) for each number up to the limit, which may have been lowered since.
std::vector<int> tried_descriptors() {
  constexpr rlim_t kMost = 1024 * 1024;  // as the kernel has it, unless an administrator raised it (fs.nr_open)
  rlimit limit{kMost, kMost};
  (void)::getrlimit(RLIMIT_NOFILE, &limit);
  const int end = static_cast<int>(std::min(limit.rlim_max, kMost));
  std::vector<int> open;
  std::array<pollfd, 256> asked;
  for (int first = 0; first < end; first += static_cast<int>(asked.size())) {
    for (size_t place = 0; place < asked.size(); ++place) asked[place] = {first + static_cast<int>(place), 0, 0};
    const bool answered = ::poll(asked.data(), asked.size(), 0) >= 0;
    for (const pollfd& each : asked) {
      if (!answered || (each.revents & POLLNVAL) == 0) open.push_back(each.fd);
    }
  }
  return open;
}

std::vector<int> open_descriptors() {
  auto listed = listed_descriptors();
  return listed ? *std::move(listed) : tried_descriptors();
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
    // The lowest free number is given out, which is this one: those below are open by now. What is written to a closed
    // stdout is not to be lost silently, so that one cannot be written to.
    (void)::open("/dev/null", standard == kStdout ? O_RDONLY : O_RDWR);
  }
}

void close_as_exec_would(std::initializer_list<FdRef> keep) {
  for (const int fd : open_descriptors()) {
    const bool kept = std::find(keep.begin(), keep.end(), FdRef{fd}) != keep.end();
    const int flags = kept ? -1 : ::fcntl(fd, F_GETFD);
    if (flags >= 0 && (flags & FD_CLOEXEC) != 0) ::close(fd);
  }
}

void close_all_from(int first, FdRef keep) {
  for (const int fd : open_descriptors()) {
    if (fd >= first && fd != keep.get()) ::close(fd);
  }
}

}  // namespace mpr::os
