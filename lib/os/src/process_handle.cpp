#include "os/process_handle.hpp"

#include <poll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "os/error.hpp"
#include "os/io.hpp"
#include "os/poll_set.hpp"
#include "proc_numbers.hpp"

namespace mpr::os {
namespace {

ExitStatus from_wait_status(int status) {
  if (WIFSIGNALED(status)) return ExitStatus::signaled(WTERMSIG(status), WCOREDUMP(status));
  return ExitStatus::exited(WEXITSTATUS(status));
}

Usage from_rusage(const rusage& used) {
  const auto micros = [](const timeval& t) {
    return std::chrono::microseconds{int64_t{t.tv_sec} * 1'000'000 + int64_t{t.tv_usec}};
  };
  return {micros(used.ru_utime), micros(used.ru_stime), used.ru_maxrss};
}

}  // namespace

ProcessHandle ProcessHandle::of_child(pid_t pid) {
  // Safe against reuse: the pid is ours until we wait for it.
  return {pid, UniqueFd{static_cast<int>(check(::syscall(SYS_pidfd_open, pid, 0), "pidfd_open"))}};
}

bool ProcessHandle::wants_cpu() const {
  if (!proc_has_our_numbers()) return false;
  const auto stat = read_file("/proc/" + std::to_string(pid_) + "/stat");
  // The state stands behind the name, which is in parentheses and may hold any byte.
  const size_t name_end = stat ? stat->rfind(") ") : std::string::npos;
  return name_end != std::string::npos && stat->compare(name_end, 3, ") R") == 0;
}

bool ProcessHandle::signal(int signal) const {
  if (pid_ <= 0) return false;
  if (::syscall(SYS_pidfd_send_signal, pidfd_.get(), signal, nullptr, 0) == 0) return true;
  // A container's filter may not know the call (and says EPERM or ENOSYS). The pid is ours until we wait for it.
  return errno != ESRCH && ::kill(pid_, signal) == 0;
}

bool ProcessHandle::signal_group(int signal) const {
  return pid_ > 0 && ::kill(-pid_, signal) == 0;
}

void ProcessHandle::signal_all(int number) const {
  if (!signal_group(number)) signal(number);
  signal_group(SIGCONT);
}

std::optional<ProcessEnd> ProcessHandle::try_wait() {
  auto end = try_wait_keeping_fd();
  if (end) pidfd_.reset();
  return end;
}

std::optional<ProcessEnd> ProcessHandle::try_wait_keeping_fd() {
  if (pid_ <= 0) return ProcessEnd{ExitStatus::exited(0), {}, true};
  int status = 0;
  rusage used{};
  const pid_t got = retry_eintr([&] { return ::wait4(pid_, &status, WNOHANG, &used); });
  if (got == 0) return std::nullopt;
  ProcessEnd end{ExitStatus::exited(0), {}, true};
  if (got == pid_) end = {from_wait_status(status), from_rusage(used), false};
  pid_ = -1;
  return end;
}

ProcessEnd ProcessHandle::wait() {
  return *wait_until(kNever);
}

std::optional<ProcessEnd> ProcessHandle::wait_until(Time deadline) {
  for (;;) {
    if (auto end = try_wait()) return end;
    const int timeout = poll_milliseconds(deadline, Clock::now());
    if (timeout == 0) return std::nullopt;
    pollfd watched{pidfd_.get(), POLLIN, 0};
    (void)poll_once({&watched, 1}, timeout);
  }
}

}  // namespace mpr::os
