#include "os/descendants.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <optional>
#include <string>

#include "os/error.hpp"
#include "os/io.hpp"
#include "os/poll_set.hpp"
#include "os/process_handle.hpp"
#include "proc_children.hpp"
#include "proc_numbers.hpp"

namespace mpr::os {
namespace {

bool contains(const std::vector<pid_t>& pids, pid_t pid) {
  return std::find(pids.begin(), pids.end(), pid) != pids.end();
}

/// The list that is kept open, of whichever process this was when it was opened.
const ChildrenAtHand* at_hand = nullptr;

/// Whether the kernel would let us wait for it, now or later.
bool is_child(idtype_t which, pid_t pid) {
  siginfo_t ended{};
  return ::waitid(which, static_cast<id_t>(pid), &ended, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/// The number that a process gets which is started now.
pid_t next_number() {
  const pid_t probe = ::fork();
  if (probe == 0) ::_exit(0);
  (void)retry_eintr([&] { return ::waitpid(probe, nullptr, 0); });
  return probe;
}

/// Without /proc. Numbers are given out one after another, so those of our descendants lie between ours and the next,
/// unless that has begun anew; if there are none, they may be anywhere, which takes a second.
std::vector<pid_t> children_by_asking() {
  constexpr pid_t kMostPids = 4 * 1024 * 1024;  // PID_MAX_LIMIT, proc_sys_kernel(5)
  std::vector<pid_t> found;
  const auto ask = [&](pid_t first, pid_t last) {
    for (pid_t pid = first; pid < last; ++pid) {
      if (is_child(P_PID, pid)) found.push_back(pid);
    }
  };
  if (!is_child(P_ALL, 0)) return found;
  ask(::getpid(), next_number());
  if (found.empty()) ask(1, kMostPids);
  return found;
}

/// Waits until one of `pids` ends, or it is time to look again.
void await_one_end(const std::vector<pid_t>& pids, Time deadline) {
  const std::vector<ProcessHandle> handles = handles_of(pids);
  std::vector<pollfd> watched;
  for (const ProcessHandle& handle : handles) watched.push_back({handle.fd().get(), POLLIN, 0});
  const Time now = Clock::now();
  (void)poll_once(watched, poll_milliseconds(std::min(deadline, now + kLookAgain), now));
}

}  // namespace

ChildrenAtHand::ChildrenAtHand()
    : owner_(::getpid()), list_(::open(kOwnChildren, O_RDONLY | O_CLOEXEC)), before_(at_hand) {
  at_hand = this;
}

ChildrenAtHand::~ChildrenAtHand() {
  at_hand = before_;
}

bool ChildrenAtHand::is_of_this_process() const {
  return owner_ == ::getpid();
}

std::optional<std::string> ChildrenAtHand::read() const {
  if (!list_ || ::lseek(list_.get(), 0, SEEK_SET) != 0) return std::nullopt;
  std::string text;
  std::array<char, 4096> buffer;
  for (;;) {
    const ssize_t got = retry_eintr([&] { return ::read(list_.get(), buffer.data(), buffer.size()); });
    if (got < 0) return std::nullopt;
    if (got == 0) return text;
    text.append(buffer.data(), static_cast<size_t>(got));
  }
}

void become_subreaper() {
  check(::prctl(PR_SET_CHILD_SUBREAPER, 1), "prctl");
}

void lead_own_process_group() {
  check(::setpgid(0, 0), "setpgid");
}

void name_this_process(const char* name) {
  ::prctl(PR_SET_NAME, name);
}

bool reap_ended_children(const std::vector<pid_t>& keep) {
  if (keep.empty()) {
    for (;;) {
      const pid_t reaped = retry_eintr([] { return ::waitpid(-1, nullptr, WNOHANG); });
      if (reaped == 0) return true;
      if (reaped < 0) return false;
    }
  }
  bool left = false;
  for (const pid_t pid : children_except(keep)) {
    const pid_t reaped = retry_eintr([&] { return ::waitpid(pid, nullptr, WNOHANG); });
    left = left || reaped == 0;
  }
  return left;
}

std::vector<pid_t> children() {
  ProcNumbers numbers;
  const bool kept = at_hand && at_hand->is_of_this_process();
  if (const auto listed = kept ? at_hand->read() : read_file(kOwnChildren)) {
    numbers = numbers_in(*listed);
  } else if (const auto own_stat = read_file("/proc/self/stat")) {
    numbers = children_by_scan(own_stat->substr(0, own_stat->find(' ')));
  } else {
    return children_by_asking();
  }
  std::vector<pid_t> found;
  for (const std::string& number : numbers) {
    if (const auto pid = our_number_of(number)) found.push_back(*pid);
  }
  return found;
}

std::vector<pid_t> children_except(const std::vector<pid_t>& keep) {
  std::vector<pid_t> found = children();
  std::erase_if(found, [&](pid_t pid) { return contains(keep, pid); });
  return found;
}

std::vector<ProcessHandle> handles_of(const std::vector<pid_t>& children) {
  std::vector<ProcessHandle> handles;
  for (const pid_t pid : children) {
    try {
      handles.push_back(ProcessHandle::of_child(pid));
    } catch (const std::system_error& error) {
      const int reason = error.code().value();
      if (reason != EMFILE && reason != ENFILE && reason != ENOMEM) throw;
      if (!handles.empty()) handles.pop_back();  // leaves one to those who must look for children
      break;
    }
  }
  return handles;
}

void signal_child(pid_t child, int signal) {
  ::kill(child, signal);
}

bool end_descendants(Time deadline, const std::vector<pid_t>& keep) {
  while (reap_ended_children(keep)) {
    const std::vector<pid_t> doomed = children_except(keep);
    for (const pid_t pid : doomed) ::kill(pid, SIGKILL);
    if (Clock::now() >= deadline) return false;
    await_one_end(doomed, deadline);
  }
  return true;
}

}  // namespace mpr::os
