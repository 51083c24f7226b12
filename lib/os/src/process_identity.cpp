#include "os/process_identity.hpp"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <sstream>
#include <string>

#include "os/error.hpp"
#include "os/io.hpp"
#include "os/own_thread.hpp"
#include "os/poll_set.hpp"
#include "proc_numbers.hpp"

namespace mpr::os {
namespace {

/// The 22nd word of /proc/<pid>/stat; the 2nd is a name in parentheses, which may hold any byte.
uint64_t start_of(pid_t pid) {
  if (!proc_has_our_numbers()) return 0;
  const auto stat = read_file("/proc/" + std::to_string(pid) + "/stat");
  if (!stat) return 0;
  const size_t name_end = stat->rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream words(stat->substr(name_end + 1));
  std::string word;
  for (int skipped = 3; skipped < 22; ++skipped) words >> word;
  uint64_t start = 0;
  words >> start;
  return start;
}

}  // namespace

ProcessIdentity ProcessIdentity::own() {
  thread_local ProcessIdentity known;
  const pid_t pid = own_thread().pid;
  if (known.pid != pid) known = {pid, start_of(pid)};
  return known;
}

ProcessIdentity ProcessIdentity::of(pid_t pid) {
  return {pid, start_of(pid)};
}

bool ProcessIdentity::is_alive() const {
  const UniqueFd process{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
  // No descriptor to be had: if there is a process, the answer that harms nobody.
  if (!process) return errno != ESRCH && (::kill(pid, 0) == 0 || errno != ESRCH);
  if (readable_now(process)) return false;
  const uint64_t now = start_of(pid);
  return start == 0 || now == 0 || now == start;
}

}  // namespace mpr::os
