#include "os/spawn.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "os/error.hpp"

namespace mpr::os {
namespace {

constexpr size_t kStackBytes = 128 * 1024;
constexpr size_t kGuardBytes = 4096;

/// What parent and child share while the child runs on the parent's memory.
struct SharedState {
  const SpawnRequest& request;
  pid_t parent;
  sigset_t mask;  ///< for the program
  SpawnFailure failure;
};

// Everything from here to child_main runs in the child, on memory that belongs to its frozen parent.
// ASYNC-SIGNAL-SAFE ONLY: system calls, no allocation, no locks, no exceptions.
#define MPR_CHILD_SIDE __attribute__((no_sanitize("address", "undefined")))

[[noreturn]] MPR_CHILD_SIDE void give_up(SharedState& shared, SpawnStep step) {
  shared.failure = {errno, step};
  ::_exit(127);
}

MPR_CHILD_SIDE bool set_standard_descriptors(const SpawnRequest& request) {
  std::array<int, 3> source{request.in.get(), request.out.get(), request.err.get()};
  for (int target = 0; target < 3; ++target) {
    int& fd = source[static_cast<size_t>(target)];
    // Out of the way of the dup2 calls below, which may overwrite it.
    if (fd < 3 && fd != target) fd = ::fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (fd < 0) return false;
  }
  for (int target = 0; target < 3; ++target) {
    const int fd = source[static_cast<size_t>(target)];
    int result = 0;
    do result = fd == target ? ::fcntl(fd, F_SETFD, 0) : ::dup2(fd, target);
    while (result < 0 && errno == EINTR);
    if (result < 0) return false;
  }
  for (size_t place = 0; place < request.passed.size(); ++place) {
    if (::fcntl(request.passed.data()[place].get(), F_SETFD, 0) < 0) return false;
  }
  return true;
}

MPR_CHILD_SIDE bool set_dispositions(const SignalReset& signals) {
  struct sigaction action {};
  for (int signal = 1; signal < NSIG; ++signal) {
    const bool ignore = ::sigismember(&signals.to_ignore, signal) == 1;
    if (!ignore && ::sigismember(&signals.to_default, signal) != 1) continue;
    action.sa_handler = ignore ? SIG_IGN : SIG_DFL;
    if (::sigaction(signal, &action, nullptr) != 0) return false;
  }
  return true;
}

/// A handler that ran here would run on the parent's memory: with the mask lifted, none may be left.
MPR_CHILD_SIDE bool drop_handlers() {
  struct sigaction action {};
  for (int signal = 1; signal < NSIG; ++signal) {
    if (::sigaction(signal, nullptr, &action) != 0 || action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN)
      continue;
    action.sa_handler = SIG_DFL;
    action.sa_flags = 0;
    if (::sigaction(signal, &action, nullptr) != 0) return false;
  }
  return true;
}

MPR_CHILD_SIDE int child_main(void* argument) {
  SharedState& shared = *static_cast<SharedState*>(argument);
  const SpawnRequest& request = shared.request;
  if (::setpgid(0, 0) != 0) give_up(shared, SpawnStep::process_group);
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) give_up(shared, SpawnStep::death_signal);
  if (::getppid() != shared.parent) ::_exit(127);  // the parent died before the line above: nobody would tell us
  if (!set_standard_descriptors(request)) give_up(shared, SpawnStep::stdio);
  if (request.open_files && ::setrlimit(RLIMIT_NOFILE, &*request.open_files) != 0) give_up(shared, SpawnStep::limits);
  if (request.directory && ::chdir(request.directory) != 0) give_up(shared, SpawnStep::directory);
  if (request.signals && !set_dispositions(*request.signals)) give_up(shared, SpawnStep::signals);
  if (!request.signals && !drop_handlers()) give_up(shared, SpawnStep::signals);
  if (::sigprocmask(SIG_SETMASK, &shared.mask, nullptr) != 0) give_up(shared, SpawnStep::signals);
  ::execve(request.path, request.argv, request.envp);
  give_up(shared, SpawnStep::exec);
}

#undef MPR_CHILD_SIDE

std::variant<ProcessHandle, SpawnFailure> spawn_once(const SpawnRequest& request, const SpawnStack& stack) {
  // A handler that ran in the child would run on our memory.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, &before);
  SharedState shared{request, ::getpid(), request.signals ? request.signals->mask : before, {}};
  int pidfd = -1;
  const pid_t pid = ::clone(child_main, stack.top(), CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &shared, &pidfd);
  const int error = errno;
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) return SpawnFailure{error, SpawnStep::create_process};
  ProcessHandle child{pid, UniqueFd{pidfd}};
  if (shared.failure.error == 0) return child;
  (void)child.wait();
  return shared.failure;
}

bool is_executable_file(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return false;
  if (S_ISREG(status.st_mode) && ::access(path.c_str(), X_OK) == 0) return true;
  errno = EACCES;
  return false;
}

/// Whether it is not the program that cannot be found or entered.
bool lacks_interpreter(const SpawnRequest& request, int error) {
  if (error != ENOENT && error != ENOTDIR && error != EACCES && error != ELOOP) return false;
  const bool as_it_is = !request.directory || request.path[0] == '/';
  return is_executable_file(as_it_is ? request.path : std::string(request.directory) + "/" + request.path);
}

}  // namespace

std::string text_of(LoadProblem problem) {
  switch (problem) {
    case LoadProblem::unreadable:
      return "its file cannot be read";
    case LoadProblem::script:
      return "it is a script";
    case LoadProblem::not_for_this_machine:
      return "it is not an executable for this machine";
    case LoadProblem::linked_statically:
      return "it is statically linked";
    case LoadProblem::other_libc:
      return "it does not use the GNU C library";
    case LoadProblem::privileged:
      return "it is set-user-ID, set-group-ID or has capabilities";
    case LoadProblem::ended:
      return "it ended while it was being loaded";
    case LoadProblem::no_answer:
      return "it was not loaded in time";
    case LoadProblem::threads:
      return "it starts threads before its main()";
    case LoadProblem::no_tid_address:
      return "the kernel lacks PR_GET_TID_ADDRESS (CONFIG_CHECKPOINT_RESTORE)";
    case LoadProblem::sanitizer:
      return "it is built with AddressSanitizer, which bears no library before it";
  }
  return "internal error: unknown problem";
}

std::string SpawnFailure::text() const {
  const char* reason = std::strerror(error);
  switch (step) {
    case SpawnStep::open_input:
      return std::string("cannot open its standard input: ") + reason;
    case SpawnStep::open_output:
      return std::string("cannot open the file for its standard output: ") + reason;
    case SpawnStep::create_process:
      return std::string("cannot create a process: ") + reason;
    case SpawnStep::process_group:
      return std::string("setpgid: ") + reason;
    case SpawnStep::death_signal:
      return std::string("prctl(PR_SET_PDEATHSIG): ") + reason;
    case SpawnStep::stdio:
      return std::string("dup2: ") + reason;
    case SpawnStep::limits:
      return std::string("setrlimit: ") + reason;
    case SpawnStep::directory:
      return std::string("chdir: ") + reason;
    case SpawnStep::signals:
      return std::string("sigaction: ") + reason;
    case SpawnStep::exec:
      return reason;
    case SpawnStep::load:
      return "no fork server can be made of it: " + text_of(static_cast<LoadProblem>(error));
    case SpawnStep::interpreter:
      return std::string("its interpreter: ") + reason;
    case SpawnStep::request:
      return error == EILSEQ ? "a word that is not UTF-8 cannot be asked in JSON"
                             : "a word with a line end in it cannot be asked in a line";
  }
  return reason;
}

SpawnStack::SpawnStack()
    : base_(::mmap(nullptr, kStackBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0)) {
  if (base_ == MAP_FAILED) throw_errno("mmap");
  check(::mprotect(base_, kGuardBytes, PROT_NONE), "mprotect");
}

SpawnStack::~SpawnStack() {
  ::munmap(base_, kStackBytes);
}

void* SpawnStack::top() const {
  return static_cast<char*>(base_) + kStackBytes;
}

std::variant<ProcessHandle, SpawnFailure> spawn(const SpawnRequest& request, const SpawnStack& stack) {
  auto outcome = spawn_once(request, stack);
  const auto* failure = std::get_if<SpawnFailure>(&outcome);
  if (!failure || failure->step != SpawnStep::exec) return outcome;
  if (lacks_interpreter(request, failure->error)) return SpawnFailure{failure->error, SpawnStep::interpreter};
  if (failure->error != ENOEXEC) return outcome;
  char shell[] = "/bin/sh";
  std::string path = request.path;
  if (path.starts_with('-')) path.insert(0, "./");  // else an option of the shell
  std::vector<char*> argv{shell, path.data()};
  for (char* const* word = request.argv + 1; *word; ++word) argv.push_back(*word);
  argv.push_back(nullptr);
  SpawnRequest script = request;
  script.path = shell;
  script.argv = argv.data();
  return spawn_once(script, stack);
}

ProgramSearch find_program(const std::string& program, const std::string& directory, const char* search_path) {
  const auto from_here = [&](const std::string& path) {
    return directory.empty() || path.starts_with('/') ? path : directory + "/" + path;
  };
  if (program.find('/') != std::string::npos) {
    if (is_executable_file(from_here(program))) return {program, 0};
    return {program, errno};
  }
  const char* named = search_path ? search_path : std::getenv("PATH");
  const std::string directories = named ? named : "/usr/local/bin:/usr/bin:/bin";
  int error = ENOENT;
  for (size_t begin = 0; begin <= directories.size() && !program.empty();) {
    const size_t end = std::min(directories.find(':', begin), directories.size());
    // An empty entry is the current directory (POSIX, XBD 8.3).
    const std::string entry = end == begin ? "." : directories.substr(begin, end - begin);
    const std::string path = entry + "/" + program;
    if (is_executable_file(from_here(path))) return {path, 0};
    // A directory that may not be searched holds no program for us; a file that may not be executed is one.
    if (errno == EACCES && ::access(from_here(path).c_str(), F_OK) == 0) error = EACCES;
    begin = end + 1;
  }
  return {program, error};
}

}  // namespace mpr::os
