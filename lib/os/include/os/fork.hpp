// fork_child: a copy of this process that runs one function and ends with its result.
//
// Errors: std::system_error (EAGAIN, ENOMEM: no more processes; EMFILE: no more descriptors) before anything of the
//   child has run. ThreadsRunning when other threads exist.
// Threads: only the forking thread exists in the child, and locks that others held stay locked for ever (fork(2)), so
//   this refuses to fork a process that has more than one, but for those that a BystanderThread vouches for. A thread
//   that has been joined, or is on its way out, does not count.
// Processes: standard streams are flushed before the fork, so that nothing buffered is printed twice. The child ends by
//   _exit: no destructors, no atexit handlers of the parent run in it. An exception that leaves the function ends it
//   with status 1.
#pragma once

#include <functional>
#include <mutex>
#include <stdexcept>
#include <vector>

#include "process_handle.hpp"

namespace mpr::os {

struct ThreadsRunning : std::logic_error {
  ThreadsRunning()
      : std::logic_error(
            "cannot fork: this process has more than one thread; start processes before threads (a Pool that was made "
            "before them goes on working)") {}
};

[[nodiscard]] ProcessHandle fork_child(const std::function<int()>& body);

/// While it lives, fork_child() forks through a process in between, which calls `enter` and then forks the child: for
/// what a process can only choose for its children, a PID namespace. What `enter` throws, fork_child() throws with the
/// same code. The process in between ends at once, and the child falls to this process, which must be a subreaper.
/// One at a time; `enter` is borrowed. Threads: of the one that forks.
class ForkThrough {
 public:
  explicit ForkThrough(const std::function<void()>& enter);
  ForkThrough(const ForkThrough&) = delete;
  ForkThrough& operator=(const ForkThrough&) = delete;
  ~ForkThrough();
};

/// Has a function called in every child of this process from now on, however it is forked (pthread_atfork(3)).
void at_fork_in_child(void (*function)());

/// In a child: has it killed when its parent ends, at once if it has ended already. The kernel means the thread that
/// forked (PR_SET_PDEATHSIG, prctl(2)).
void die_with_parent(pid_t parent);

/// In a child: has it go on when its parent ends, should somebody have stopped it by then (SIGSTOP).
void go_on_without_parent();

/// To be watched: readable when the parent of this process has ended. None when it has already.
[[nodiscard]] UniqueFd open_parent(pid_t parent);

/// Vouches for one thread of this process: it holds one of the `quiet` mutexes whenever it holds any other lock or is
/// in the middle of a change (system calls that wait are made without). fork_child then forks beside it, holding all of
/// them, in this order, meanwhile. Made before the thread starts, destroyed after it has been joined.
class BystanderThread {
 public:
  template <class... Mutexes>
  explicit BystanderThread(Mutexes&... quiet) : quiet_{&quiet...} {
    enlist();
  }
  BystanderThread(const BystanderThread&) = delete;
  BystanderThread& operator=(const BystanderThread&) = delete;
  ~BystanderThread();

  /// Says that the calling thread is one that was vouched for. Itself, it can never fork.
  static void enter();

 private:
  void enlist() const;
  std::vector<std::mutex*> quiet_;
};

}  // namespace mpr::os
