// fork_child: a copy of this process that runs one function and ends with its result.
//
// Errors: std::system_error (EAGAIN, ENOMEM: no more processes). ThreadsRunning when other threads exist.
// Threads: only the forking thread exists in the child, and locks that others held stay locked for ever (fork(2)), so
//   this refuses to fork a process that has more than one.
// Processes: standard streams are flushed before the fork, so that nothing buffered is printed twice. The child ends by
//   _exit: no destructors, no atexit handlers of the parent run in it. An exception that leaves the function ends it
//   with status 1.
#pragma once

#include <functional>
#include <stdexcept>

#include "os/process_handle.hpp"

namespace mpr::os {

struct ThreadsRunning : std::logic_error {
  ThreadsRunning() : std::logic_error("cannot fork: this process has more than one thread") {}
};

[[nodiscard]] ProcessHandle fork_child(const std::function<int()>& body);

}  // namespace mpr::os
