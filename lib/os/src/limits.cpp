#include "os/limits.hpp"

#include <dirent.h>

#include <charconv>
#include <cstring>
#include <memory>

#include "os/error.hpp"

namespace mpr::os {
namespace {

// Where /proc is missing, the three that every program has.
constexpr uint64_t kStandard = 3;

std::optional<uint64_t> soft_limit(decltype(RLIMIT_NOFILE) resource) {
  rlimit limit{};
  check(::getrlimit(resource, &limit), "getrlimit");
  if (limit.rlim_cur == RLIM_INFINITY) return std::nullopt;
  return limit.rlim_cur;
}

}  // namespace

rlimit raise_open_files_limit() {
  rlimit before{};
  check(::getrlimit(RLIMIT_NOFILE, &before), "getrlimit");
  rlimit raised = before;
  raised.rlim_cur = before.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &raised);  // the old limit still works if this is refused
  return before;
}

std::optional<uint64_t> open_files_limit() {
  return soft_limit(RLIMIT_NOFILE);
}

std::optional<uint64_t> process_limit() {
  return soft_limit(RLIMIT_NPROC);
}

uint64_t open_files_within(uint64_t limit) {
  const std::unique_ptr<DIR, int (*)(DIR*)> listing{::opendir("/proc/self/fd"), &::closedir};
  if (!listing) return kStandard;
  uint64_t count = 0;
  while (const dirent* entry = ::readdir(listing.get())) {
    uint64_t fd = 0;
    const char* end = entry->d_name + std::strlen(entry->d_name);
    if (std::from_chars(entry->d_name, end, fd).ptr != end) continue;
    if (fd < limit && static_cast<int>(fd) != ::dirfd(listing.get())) ++count;
  }
  return count;
}

}  // namespace mpr::os
