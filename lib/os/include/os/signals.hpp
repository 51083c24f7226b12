// Signals as data: read from a descriptor, never run as a handler.
//
// Processes: mask and dispositions are inherited by every program that is started, so a process that changes them
// remembers what it was started with (SignalState) and gives that to the programs it starts.
#pragma once

#include <csignal>
#include <optional>
#include <vector>

#include "unique_fd.hpp"

namespace mpr::os {

/// Signal mask and the set of ignored signals, as a program inherits them.
struct SignalState {
  sigset_t mask;
  sigset_t ignored;

  [[nodiscard]] static SignalState current();
  [[nodiscard]] bool ignores(int signal) const;
};

/// What a child must change before exec so that a program starts in `target`. Computed once; right for as long as this
/// process does not change its own dispositions.
struct SignalReset {
  sigset_t mask;
  sigset_t to_ignore;
  sigset_t to_default;

  [[nodiscard]] static SignalReset to(const SignalState& target);
};

void ignore_signal(int signal);
void default_signal(int signal);
/// Does nothing when the signal comes, but leaves it as it was for the programs that are started.
void neglect_signal(int signal);
/// Blocks all signals for this thread.
void block_all();
/// Replaces this thread's signal mask.
void block_only(const std::vector<int>& signals);
/// Adds to this thread's signal mask.
void block_too(const std::vector<int>& signals);

/// Gives this thread its signal mask back at the end of a scope. A SIGPIPE or SIGXFSZ that came while it was blocked is
/// forgotten: the write that caused it has told its caller.
class MaskGuard {
 public:
  MaskGuard();
  MaskGuard(const MaskGuard&) = delete;
  MaskGuard& operator=(const MaskGuard&) = delete;
  ~MaskGuard();

 private:
  sigset_t before_;
};

/// Blocks the given signals for this thread and lets them be read one by one. They stay blocked afterwards: see
/// MaskGuard.
class SignalSource {
 public:
  explicit SignalSource(const std::vector<int>& signals);
  [[nodiscard]] FdRef fd() const { return fd_; }  ///< readable when a signal is pending
  [[nodiscard]] std::optional<int> next();

 private:
  UniqueFd fd_;
};

/// Stops this process as Ctrl-Z does (SIGTSTP), and returns when it has been continued; at once where nobody could do
/// that (an orphaned process group, setpgid(2)) or the signal is ignored. Afterwards the signal is blocked.
void stop_this_process();

/// Ends this process by the signal, so that its parent sees which one it was: default disposition, unblocked, raised.
[[noreturn]] void die_by_signal(int signal);

}  // namespace mpr::os
