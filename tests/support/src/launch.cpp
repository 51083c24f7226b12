#include "launch.hpp"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

#include "support/process_table.hpp"

namespace mpr::test {

namespace {

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// Ours, without what `options` overrides, with what it adds.
std::vector<std::string> environment_for(const Options& options) {
  std::vector<std::string> environment;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string name(*variable, strcspn(*variable, "="));
    bool overridden = false;
    for (const auto& [key, value] : options.env) overridden |= key == name;
    if (!overridden) environment.emplace_back(*variable);
  }
  for (const auto& [key, value] : options.env) environment.push_back(key + "=" + value);
  return environment;
}

/// In the child, from here on only what signal-safety(7) allows.
void default_signals() {
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// Tests crash programs on purpose.
void forbid_core_dumps() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
}

void close_on_exec_from(unsigned first) {
  constexpr unsigned kCloseOnExec = 4;  // CLOSE_RANGE_CLOEXEC
  syscall(SYS_close_range, first, ~0U, kCloseOnExec);
}

}  // namespace

pid_t launch(const Argv& argv, const Options& options, const std::function<bool()>& prepare) {
  Argv words = argv;
  std::vector<std::string> environment = environment_for(options);
  const std::vector<char*> argv_pointers = pointers(words);
  const std::vector<char*> environment_pointers = pointers(environment);
  const char* directory = options.directory.empty() ? nullptr : options.directory.c_str();

  int failure[2];
  if (pipe2(failure, O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
  const pid_t pid = fork();
  if (pid < 0) throw std::runtime_error("fork failed");
  if (pid == 0) {
    default_signals();
    forbid_core_dumps();
    if (prepare() && (directory == nullptr || chdir(directory) == 0)) {
      close_on_exec_from(3);
      execvpe(argv_pointers[0], argv_pointers.data(), environment_pointers.data());
    }
    const int error = errno;
    [[maybe_unused]] const ssize_t written = ::write(failure[1], &error, sizeof error);
    _exit(127);
  }
  ::close(failure[1]);
  int error = 0;
  const ssize_t got = ::read(failure[0], &error, sizeof error);  // end of file once the exec has happened
  ::close(failure[0]);
  if (got > 0) {
    waitpid(pid, nullptr, 0);
    throw std::runtime_error("cannot run " + argv[0] + ": " + strerror(error));
  }
  return pid;
}

void reap_into(pid_t pid, Result& result) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status)) result.exit_status = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
}

void kill_session(pid_t leader) {
  while (true) {  // again, for what was being forked meanwhile
    const std::vector<pid_t> members = processes_of_session(leader);
    if (members.empty()) return;
    for (const pid_t member : members) ::kill(member, SIGKILL);
  }
}

void close_if_open(int& fd) {
  if (fd >= 0) ::close(fd);
  fd = -1;
}

int open_pidfd(pid_t pid) {
  return static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
}

}  // namespace mpr::test
