#include "os/process_handle.hpp"

#include <sys/resource.h>

#include <csignal>

#include "os/error.hpp"
#include "support/process_support.hpp"

using namespace mpr::os;
using namespace mpr::test;
using namespace std::chrono_literals;

namespace {

/// A child that does this and then exits with 0.
ProcessHandle child_that(const std::function<void()>& deed) {
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    take_signals_as_programs_do();
    deed();
    ::_exit(0);
  }
  return ProcessHandle::of_child(pid);
}

ProcessHandle sleeping_child() {
  return child_that([] {
    for (;;) ::pause();
  });
}

}  // namespace

TEST_CASE("a process that computes wants a CPU, one that waits does not") {
  const NothingLeft nothing_left;
  ProcessHandle computing = child_that([] {
    for (;;) (void)::getppid();
  });
  ProcessHandle waiting = child_that([] {
    for (;;) ::pause();
  });
  CHECK(wait_until([&] { return computing.wants_cpu() && !waiting.wants_cpu(); }));
  for (ProcessHandle* each : {&computing, &waiting}) {
    each->signal(SIGKILL);
    (void)each->wait();
    CHECK_FALSE(each->wants_cpu());
  }
}

TEST_CASE("a handle tells how its process ended") {
  const NothingLeft nothing_left;
  CHECK(child_that([] { ::_exit(0); }).wait().status.success());
  CHECK(child_that([] { ::_exit(3); }).wait().status == ExitStatus::exited(3));
  CHECK(child_that([] { ::raise(SIGKILL); }).wait().status == ExitStatus::signaled(SIGKILL));
}

TEST_CASE("a core dump is told") {
  const NothingLeft nothing_left;
  const auto status = child_that([] {
                        const rlimit none{0, 0};
                        ::setrlimit(RLIMIT_CORE, &none);
                        ::raise(SIGQUIT);
                      })
                          .wait()
                          .status;
  CHECK(status.signal() == SIGQUIT);
}

TEST_CASE("a running process is not waited for by try_wait, nor beyond a deadline") {
  const NothingLeft nothing_left;
  ProcessHandle child = sleeping_child();
  CHECK_FALSE(child.try_wait());
  CHECK_FALSE(child.wait_until(Time::min()));
  const Time begin = mpr::os::Clock::now();
  CHECK_FALSE(child.wait_until(begin + 30ms));
  CHECK(mpr::os::Clock::now() - begin >= 30ms);
  CHECK(child);
  CHECK(child.signal(SIGKILL));
  const auto end = child.wait_until(kNever);
  REQUIRE(end);
  CHECK(end->status.signal() == SIGKILL);
}

TEST_CASE("a handle is empty once its process was waited for") {
  const NothingLeft nothing_left;
  ProcessHandle child = sleeping_child();
  CHECK(child.pid() > 0);
  CHECK(child.fd());
  child.signal(SIGKILL);
  CHECK_FALSE(child.wait().lost);
  CHECK_FALSE(child);
  CHECK_FALSE(child.fd());
  CHECK_FALSE(child.signal(SIGTERM));
  CHECK_FALSE(child.signal_group(SIGTERM));
}

TEST_CASE("a signal does nothing to a process that has ended and was not waited for") {
  const NothingLeft nothing_left;
  ProcessHandle child = child_that([] {});
  siginfo_t info{};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(child.pid()), &info, WEXITED | WNOWAIT) == 0);
  (void)child.signal(SIGKILL);
  const auto end = child.try_wait();
  REQUIRE(end);
  CHECK(end->status.success());
}

TEST_CASE("a signal to the group reaches a process that leads one, and whom it has started") {
  CHECK(in_child([] {
          ::prctl(PR_SET_CHILD_SUBREAPER, 1);
          int ready[2];
          if (::pipe(ready) != 0) return std::string("pipe");
          ProcessHandle child = child_that([&] {
            ::setpgid(0, 0);
            (void)::fork();
            (void)!::write(ready[1], "x", 1);
            for (;;) ::pause();
          });
          char both[2];
          for (char& each : both) (void)!::read(ready[0], &each, 1);
          child.signal_group(SIGTERM);
          std::string ends = child.wait().status.text();
          int status = 0;
          ::wait(&status);
          return ends + (WIFSIGNALED(status) ? ", and its child" : "");
        }) == "killed by signal 15 (SIGTERM), and its child");
}

TEST_CASE("a handle tells what its process used") {
  const NothingLeft nothing_left;
  const ProcessEnd end = child_that([] {
                           const auto until = std::chrono::steady_clock::now() + 5s;
                           rusage used{};
                           while (used.ru_utime.tv_usec < 20'000 && used.ru_utime.tv_sec == 0 &&
                                  std::chrono::steady_clock::now() < until) {
                             ::getrusage(RUSAGE_SELF, &used);
                           }
                         }).wait();
  CHECK(end.usage.user >= 20ms);
  CHECK(end.usage.user < 5s);
  CHECK(end.usage.max_rss_kib > 100);
}

TEST_CASE("a process that somebody else has waited for is lost, and nobody waits for it for ever") {
  const NothingLeft nothing_left;
  ProcessHandle child = child_that([] {});
  ::waitpid(child.pid(), nullptr, 0);
  CHECK(child.wait().lost);
  CHECK_FALSE(child);
}

TEST_CASE("where SIGCHLD is ignored, a process ends as lost") {
  CHECK(in_child([] {
          ::signal(SIGCHLD, SIG_IGN);
          ProcessHandle child = sleeping_child();  // one that ended by itself might be gone before it has a handle
          child.signal(SIGKILL);
          const ProcessEnd end = child.wait();
          return std::string(end.lost ? "lost" : "not lost");
        }) == "lost");
}

TEST_CASE("an empty handle waits for nobody else's process") {
  const NothingLeft nothing_left;
  ProcessHandle child = child_that([] { ::_exit(3); });
  siginfo_t info{};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(child.pid()), &info, WEXITED | WNOWAIT) == 0);
  ProcessHandle empty;
  (void)empty.try_wait();
  const ProcessEnd end = child.wait();
  CHECK_FALSE(end.lost);
  CHECK(end.status == ExitStatus::exited(3));
}

TEST_CASE("a handle that was moved from is empty, and the other has the process") {
  const NothingLeft nothing_left;
  ProcessHandle first = child_that([] { ::_exit(4); });
  ProcessHandle second = std::move(first);
  CHECK_FALSE(first);  // NOLINT(bugprone-use-after-move)
  CHECK(second.wait().status.code() == 4);
}

TEST_CASE("there is no handle of a process that is none") {
  CHECK_THROWS_AS(ProcessHandle::of_child(0x3ffffff), std::system_error);
}
