#include "call_names.hpp"

#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string_view>

namespace mpr::test {

namespace {

constexpr int kNone = -1;

struct NamedCall {
  std::string_view name;
  int number;
};

// Of older systems, which arm64 never had.
#ifdef SYS_poll
constexpr std::array kOlder{
    NamedCall{"dup2", SYS_dup2},         NamedCall{"epoll_wait", SYS_epoll_wait},
    NamedCall{"fork", SYS_fork},         NamedCall{"mkdir", SYS_mkdir},
    NamedCall{"open", SYS_open},         NamedCall{"poll", SYS_poll},
    NamedCall{"readlink", SYS_readlink}, NamedCall{"unlink", SYS_unlink},
    NamedCall{"vfork", SYS_vfork},       NamedCall{"rename", SYS_rename},
    NamedCall{"access", SYS_access},
};
#else
constexpr std::array kOlder{
    NamedCall{"dup2", kNone},  NamedCall{"epoll_wait", kNone}, NamedCall{"fork", kNone},     NamedCall{"mkdir", kNone},
    NamedCall{"open", kNone},  NamedCall{"poll", kNone},       NamedCall{"readlink", kNone}, NamedCall{"unlink", kNone},
    NamedCall{"vfork", kNone}, NamedCall{"rename", kNone},     NamedCall{"access", kNone},
};
#endif

constexpr std::array kCalls{
    NamedCall{"chdir", SYS_chdir},
    NamedCall{"clock_nanosleep", SYS_clock_nanosleep},
    NamedCall{"clone", SYS_clone},
    NamedCall{"clone3", SYS_clone3},
    NamedCall{"close_range", SYS_close_range},
    NamedCall{"dup", SYS_dup},
    NamedCall{"dup3", SYS_dup3},
    NamedCall{"epoll_create1", SYS_epoll_create1},
    NamedCall{"epoll_ctl", SYS_epoll_ctl},
    NamedCall{"epoll_pwait", SYS_epoll_pwait},
    NamedCall{"eventfd2", SYS_eventfd2},
    NamedCall{"execve", SYS_execve},
    NamedCall{"faccessat", SYS_faccessat},
    NamedCall{"fallocate", SYS_fallocate},
    NamedCall{"fcntl", SYS_fcntl},
    NamedCall{"fdatasync", SYS_fdatasync},
    NamedCall{"fstat", SYS_fstat},
    NamedCall{"fsync", SYS_fsync},
    NamedCall{"ftruncate", SYS_ftruncate},
    NamedCall{"futex", SYS_futex},
    NamedCall{"getcwd", SYS_getcwd},
    NamedCall{"getdents64", SYS_getdents64},
    NamedCall{"getrandom", SYS_getrandom},
    NamedCall{"kill", SYS_kill},
    NamedCall{"memfd_create", SYS_memfd_create},
    NamedCall{"mkdirat", SYS_mkdirat},
    NamedCall{"mmap", SYS_mmap},
    NamedCall{"mprotect", SYS_mprotect},
    NamedCall{"newfstatat", SYS_newfstatat},
    NamedCall{"openat", SYS_openat},
    NamedCall{"pidfd_open", SYS_pidfd_open},
    NamedCall{"pidfd_send_signal", SYS_pidfd_send_signal},
    NamedCall{"pipe2", SYS_pipe2},
    NamedCall{"ppoll", SYS_ppoll},
    NamedCall{"prctl", SYS_prctl},
    NamedCall{"pread64", SYS_pread64},
    NamedCall{"prlimit64", SYS_prlimit64},
    NamedCall{"pwrite64", SYS_pwrite64},
    NamedCall{"pwritev2", SYS_pwritev2},
    NamedCall{"read", SYS_read},
    NamedCall{"recvmsg", SYS_recvmsg},
    NamedCall{"sched_getaffinity", SYS_sched_getaffinity},
    NamedCall{"sched_setaffinity", SYS_sched_setaffinity},
    NamedCall{"sendmsg", SYS_sendmsg},
    NamedCall{"setpgid", SYS_setpgid},
    NamedCall{"signalfd4", SYS_signalfd4},
    NamedCall{"socketpair", SYS_socketpair},
    NamedCall{"statx", SYS_statx},
    NamedCall{"unlinkat", SYS_unlinkat},
    NamedCall{"wait4", SYS_wait4},
    NamedCall{"waitid", SYS_waitid},
    NamedCall{"write", SYS_write},
    NamedCall{"writev", SYS_writev},
};

int number_of(std::string_view name) {
  const auto named = [&](const NamedCall& call) { return call.name == name; };
  const auto* older = std::find_if(kOlder.begin(), kOlder.end(), named);
  if (older != kOlder.end()) return older->number;
  const auto* known = std::find_if(kCalls.begin(), kCalls.end(), named);
  if (known == kCalls.end()) throw std::logic_error("no such call in the table: " + std::string(name));
  return known->number;
}

}  // namespace

std::vector<int> call_numbers(const std::vector<std::string>& names) {
  std::vector<int> numbers;
  for (const std::string& name : names) {
    if (const int number = number_of(name); number != kNone) numbers.push_back(number);
  }
  return numbers;
}

std::string call_name(int number) {
  const auto numbered = [&](const NamedCall& call) { return call.number == number; };
  const auto* older = std::find_if(kOlder.begin(), kOlder.end(), numbered);
  if (older != kOlder.end()) return std::string(older->name);
  const auto* known = std::find_if(kCalls.begin(), kCalls.end(), numbered);
  return known == kCalls.end() ? "call " + std::to_string(number) : std::string(known->name);
}

}  // namespace mpr::test
