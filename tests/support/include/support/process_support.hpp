// What the tests of real processes share. On plain POSIX, so that a defect of lib/os cannot hide itself.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <functional>
#include <string>

#include <catch2/catch.hpp>

#include "support/wait_until.hpp"

namespace mpr::test {

inline size_t open_descriptors() {
  const std::filesystem::directory_iterator entries("/proc/self/fd");
  return static_cast<size_t>(std::distance(begin(entries), end(entries)));
}

/// True when this process has no child, not even an ended one.
inline bool childless() {
  return ::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD;
}

/// Put at the beginning of a test: at its end no child is left, not even an ended one, and no descriptor.
class NothingLeft {
 public:
  NothingLeft() : before_(open_descriptors()) {}
  NothingLeft(const NothingLeft&) = delete;
  NothingLeft& operator=(const NothingLeft&) = delete;
  ~NothingLeft() {
    CHECK(childless());
    CHECK(open_descriptors() == before_);
  }

 private:
  size_t before_;
};

/// Reads until the end.
inline std::string read_all(int fd) {
  std::string text;
  char buffer[4096];
  for (ssize_t got = 0; (got = ::read(fd, buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<size_t>(got));
  return text;
}

/// In a forked child: without Catch's handlers, which would tell of a failed test.
inline void take_signals_as_programs_do() {
  for (const int number : {SIGINT, SIGTERM, SIGABRT, SIGPIPE}) ::signal(number, SIG_DFL);
}

/// While it lives, children take these signals as programs do from the moment they are forked. Catch's handlers would
/// tell of a failed test, or wait for ever for a lock that was held at the fork.
class ProgramSignals {
 public:
  ProgramSignals() {
    for (size_t i = 0; i < kSignals.size(); ++i) before_[i] = ::signal(kSignals[i], SIG_DFL);
  }
  ProgramSignals(const ProgramSignals&) = delete;
  ProgramSignals& operator=(const ProgramSignals&) = delete;
  ~ProgramSignals() {
    for (size_t i = 0; i < kSignals.size(); ++i) ::signal(kSignals[i], before_[i]);
  }

 private:
  static constexpr std::array kSignals{SIGINT, SIGTERM, SIGABRT};
  std::array<void (*)(int), kSignals.size()> before_{};
};

/// Where in_child's answer leaves the child.
inline constexpr int kAnswerFd = 700;

/// What `body` answers in a forked child, or how the child died. The child may do to its process what the test must not
/// do to ours: signals, limits, descriptors, children. It is ended if it takes too long. No Catch2 macros in the body.
inline std::string in_child(const std::function<std::string()>& body) {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    take_signals_as_programs_do();
    // Out of the way of whatever the body does to low numbers.
    ::dup3(ends[1], kAnswerFd, O_CLOEXEC);
    ::close(ends[0]);
    ::close(ends[1]);
    ::alarm(10 * kSlowness);
    std::string text;
    try {
      text = body();
    } catch (const std::exception& error) {
      text = std::string("exception: ") + error.what();
    }
    if (::write(kAnswerFd, text.data(), text.size()) < 0) ::_exit(1);
    ::_exit(0);
  }
  ::close(ends[1]);
  int status = 0;
  ::waitpid(pid, &status, 0);
  // Descendants that got away may hold the other end.
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  const std::string text = read_all(ends[0]);
  ::close(ends[0]);
  if (WIFSIGNALED(status)) return "killed by signal " + std::to_string(WTERMSIG(status));
  return text;
}

/// Whether a process exists, an ended one that was not waited for included.
inline bool exists(pid_t pid) {
  return ::kill(pid, 0) == 0;
}

}  // namespace mpr::test
