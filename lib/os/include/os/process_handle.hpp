// ProcessHandle: one child process that has not been waited for, known by pid and pidfd.
//
// Ownership: move-only. The destructor closes the pidfd and does not wait: whoever starts a child reaps it.
// Errors: a child that somebody else has waited for (ECHILD) ends as `lost`, never as an endless wait.
// Processes: only the parent may wait; a pid stays ours until we reap it, so signalling before that is safe from reuse.
#pragma once

#include <sys/types.h>

#include <optional>
#include <utility>

#include "clock.hpp"
#include "exit_status.hpp"
#include "unique_fd.hpp"

namespace mpr::os {

struct ProcessEnd {
  ExitStatus status;
  Usage usage;
  bool lost = false;  ///< somebody else reaped it; status and usage are unknown
};

class ProcessHandle {
 public:
  ProcessHandle() = default;
  ProcessHandle(pid_t pid, UniqueFd pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}
  ProcessHandle(ProcessHandle&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)), pidfd_(std::move(other.pidfd_)) {}
  ProcessHandle& operator=(ProcessHandle&& other) noexcept {
    pid_ = std::exchange(other.pid_, -1);
    pidfd_ = std::move(other.pidfd_);
    return *this;
  }

  /// Opens the pidfd of a child that has not been waited for.
  [[nodiscard]] static ProcessHandle of_child(pid_t pid);

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] FdRef fd() const { return pidfd_; }  ///< readable when the process has ended
  [[nodiscard]] explicit operator bool() const { return pid_ > 0; }

  /// Whether its main thread runs, or would if it were given a CPU; false as well where that cannot be known.
  [[nodiscard]] bool wants_cpu() const;

  /// False when the process has ended already.
  bool signal(int signal) const;
  /// To the process group that the process leads.
  bool signal_group(int signal) const;
  /// To its group, or to the process alone if it has left that; and a stopped one goes on, or it would not take it.
  void signal_all(int signal) const;

  /// Reaps the process if it has ended; after that the handle is empty.
  [[nodiscard]] std::optional<ProcessEnd> try_wait();
  /// The same, but fd() stays, readable, until the handle is destroyed: for those who still watch it.
  [[nodiscard]] std::optional<ProcessEnd> try_wait_keeping_fd();
  [[nodiscard]] ProcessEnd wait();
  [[nodiscard]] std::optional<ProcessEnd> wait_until(Time deadline);

 private:
  pid_t pid_ = -1;
  UniqueFd pidfd_;
};

}  // namespace mpr::os
