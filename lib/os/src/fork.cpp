#include "os/fork.hpp"

#include <dirent.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <iostream>
#include <memory>

#include "os/error.hpp"

namespace mpr::os {
namespace {

bool other_threads_run() {
  const std::unique_ptr<DIR, int (*)(DIR*)> threads{::opendir("/proc/self/task"), &::closedir};
  int count = 0;
  while (const dirent* entry = threads ? ::readdir(threads.get()) : nullptr) count += entry->d_name[0] != '.';
  return count > 1;
}

/// An exception must not unwind into the parent's code, of which this is a second copy.
int run_body(const std::function<int()>& body) noexcept {
  int code = 1;
  try {
    code = body();
    std::cout.flush();
  } catch (...) {
  }
  std::fflush(nullptr);
  return code;
}

}  // namespace

ProcessHandle fork_child(const std::function<int()>& body) {
  if (other_threads_run()) throw ThreadsRunning();
  std::cout.flush();
  std::fflush(nullptr);
  const pid_t pid = check(::fork(), "fork");
  if (pid == 0) {
    ::_exit(run_body(body));
  }
  try {
    return ProcessHandle::of_child(pid);
  } catch (const std::system_error& error) {
    // Where SIGCHLD is ignored, a child that has ended is gone already: waiting for it will say that it is lost.
    if (error.code().value() == ESRCH) return {pid, UniqueFd{}};
    ::kill(pid, SIGKILL);
    (void)ProcessHandle{pid, UniqueFd{}}.try_wait();
    throw;
  }
}

}  // namespace mpr::os
