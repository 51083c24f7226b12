#include "os/fork.hpp"

#include <dirent.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/single_threaded.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <memory>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "os/error.hpp"
#include "os/io.hpp"
#include "os/pipe.hpp"

namespace mpr::os {
namespace {

struct Bystanders {
  std::mutex mutex;
  std::vector<const std::vector<std::mutex*>*> quiet;  ///< of each thread, its locks
};

thread_local bool is_bystander = false;

Bystanders& bystanders() {
  static Bystanders all;
  return all;
}

/// Whether a thread has left its function, and the C library too: it is in the kernel, on its way out. A thread that
/// was joined may be there for a moment. (The ninth word of stat holds the flags; PF_EXITING is 4, since Linux 2.6.)
bool is_exiting(const std::string& thread) {
  const auto stat = read_file("/proc/self/task/" + thread + "/stat");
  if (!stat) return true;
  const size_t name_end = stat->rfind(')');
  if (name_end == std::string::npos) return false;
  std::istringstream words(stat->substr(name_end + 1));
  std::string word;
  for (int skipped = 3; skipped < 9; ++skipped) words >> word;
  unsigned long flags = 0;
  words >> flags;
  return (flags & 4) != 0;
}

size_t threads() {
  if (__libc_single_threaded) return 1;
  const std::unique_ptr<DIR, int (*)(DIR*)> entries{::opendir("/proc/self/task"), &::closedir};
  size_t count = 0;
  while (const dirent* entry = entries ? ::readdir(entries.get()) : nullptr) {
    if (entry->d_name[0] != '.' && !is_exiting(entry->d_name)) ++count;
  }
  return count;
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

/// Holds off all bystanders while this lives. In the child there are none left afterwards.
class AllQuiet {
 public:
  AllQuiet() : all_(bystanders()), guard_(all_.mutex) {
    for (const auto* locks : all_.quiet) {
      for (std::mutex* lock : *locks) lock->lock();
    }
  }
  AllQuiet(const AllQuiet&) = delete;
  AllQuiet& operator=(const AllQuiet&) = delete;
  ~AllQuiet() {
    for (const auto* locks : all_.quiet) {
      for (std::mutex* lock : *locks) lock->unlock();
    }
    if (::getpid() != forker_) all_.quiet.clear();
  }
  [[nodiscard]] size_t count() const { return all_.quiet.size(); }

 private:
  Bystanders& all_;
  std::lock_guard<std::mutex> guard_;
  pid_t forker_ = ::getpid();
};

pid_t fork_quietly() {
  if (is_bystander) throw ThreadsRunning();
  const AllQuiet quiet;
  if (threads() > 1 + quiet.count()) throw ThreadsRunning();
  std::cout.flush();
  std::fflush(nullptr);
  return check(::fork(), "fork");
}

thread_local const std::function<void()>* between = nullptr;

/// What a process in between tells.
struct Passage {
  pid_t child = -1;
  int error = ECHILD;  // if it tells nothing
};

/// In the process in between. Returns in the child alone.
void pass(FdRef told, pid_t parent) {
  Passage passage;
  try {
    die_with_parent(parent);  // it may be stopped, and would never end by itself
    (*between)();
    passage.child = ::fork();
    if (passage.child == 0) return;
    passage.error = errno;
  } catch (const std::system_error& error) {
    passage.error = error.code().value();
  }
  (void)write_all(told, std::as_bytes(std::span{&passage, 1}));
  ::_exit(0);
}

/// As fork_quietly().
pid_t fork_through() {
  Pipe told = make_pipe();
  const pid_t self = ::getpid();
  const pid_t gate = fork_quietly();
  if (gate == 0) {
    told.reader.reset();
    pass(told.writer, self);
    told.writer.reset();
    return 0;
  }
  told.writer.reset();
  Passage passage;
  (void)read_some(told.reader, std::as_writable_bytes(std::span{&passage, 1}));
  // The child falls to us when its parent ends.
  (void)retry_eintr([&] { return ::waitpid(gate, nullptr, 0); });
  if (passage.child < 0) throw_errno("fork", passage.error);
  return passage.child;
}

}  // namespace

ForkThrough::ForkThrough(const std::function<void()>& enter) {
  between = &enter;
}

ForkThrough::~ForkThrough() {
  between = nullptr;
}

ProcessHandle fork_child(const std::function<int()>& body) {
  // Where there is no place for the pidfd, the child must not begin. Given back before the fork, which would copy it.
  UniqueFd{check(::eventfd(0, EFD_CLOEXEC), "eventfd")}.reset();
  const pid_t pid = between ? fork_through() : fork_quietly();
  if (pid == 0) {
    between = nullptr;
    ::_exit(run_body(body));
  }
  try {
    return ProcessHandle::of_child(pid);
  } catch (const std::system_error& error) {
    // Where SIGCHLD is ignored, a child that has ended is gone already: waiting for it will say that it is lost.
    if (error.code().value() == ESRCH) return {pid, UniqueFd{}};
    ::kill(pid, SIGKILL);
    (void)retry_eintr([&] { return ::waitpid(pid, nullptr, 0); });
    throw;
  }
}

void at_fork_in_child(void (*function)()) {
  if (const int error = ::pthread_atfork(nullptr, nullptr, function); error != 0) throw_errno("pthread_atfork", error);
}

void go_on_without_parent() {
  check(::prctl(PR_SET_PDEATHSIG, SIGCONT), "prctl");
}

void die_with_parent(pid_t parent) {
  check(::prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl");
  if (::getppid() != parent) ::raise(SIGKILL);
}

UniqueFd open_parent(pid_t parent) {
  if (::getppid() != parent) return {};
  UniqueFd process{static_cast<int>(check(::syscall(SYS_pidfd_open, parent, 0), "pidfd_open"))};
  // Had it ended before that, its pid could be another's by now.
  if (::getppid() != parent) return {};
  return process;
}

void BystanderThread::enlist() const {
  const std::lock_guard guard(bystanders().mutex);
  bystanders().quiet.push_back(&quiet_);
}

BystanderThread::~BystanderThread() {
  const std::lock_guard guard(bystanders().mutex);
  std::erase(bystanders().quiet, &quiet_);
}

void BystanderThread::enter() {
  is_bystander = true;
}

}  // namespace mpr::os
