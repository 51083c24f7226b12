#include "os/descendants.hpp"

#include <sys/resource.h>

#include <algorithm>

#include "support/process_support.hpp"

using namespace mpr;
using namespace mpr::os;
using namespace mpr::test;
using namespace std::chrono_literals;

// Each scenario is a program of its own (in_child): it adopts and waits for whatever comes its way.

namespace {

/// Forked processes tell here that they are where they should be.
class Meeting {
 public:
  Meeting() { (void)!::pipe(ends_); }
  void arrive() const { (void)!::write(ends_[1], "x", 1); }
  void await(int arrivals) const {
    for (char each = 0; arrivals > 0; --arrivals) (void)!::read(ends_[0], &each, 1);
  }

 private:
  int ends_[2];
};

[[noreturn]] void linger() {
  for (;;) ::pause();
}

pid_t fork_and(const std::function<void()>& deed) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    deed();
    ::_exit(0);
  }
  return pid;
}

std::string swept(bool all) {
  return std::string(all ? "all" : "not all") + (childless() ? "" : ", some left");
}

Time soon() {
  return os::Clock::now() + 10s;
}

}  // namespace

TEST_CASE("without children there is nothing to end") {
  CHECK(in_child([] { return swept(end_descendants(os::Clock::now()) && !reap_ended_children()); }) == "all");
}

TEST_CASE("children, running ones and ended ones, are listed") {
  CHECK(in_child([] {
          const Meeting meeting;
          const pid_t ended = fork_and([] {});
          const pid_t running = fork_and([&] { linger(); });
          siginfo_t info{};
          ::waitid(P_PID, static_cast<id_t>(ended), &info, WEXITED | WNOWAIT);
          auto listed = children();
          std::sort(listed.begin(), listed.end());
          const bool right = listed == std::vector<pid_t>{ended, running} && handles_of(children()).size() == 2;
          return (right ? "" : "wrong list, ") + swept(end_descendants(soon()));
        }) == "all");
}

#ifndef __SANITIZE_ADDRESS__  // which needs descriptors itself to tell whether an exception is one
TEST_CASE("children are found and ended without a descriptor to spare") {
  CHECK(in_child([] {
          const ChildrenAtHand at_hand;
          const pid_t running = fork_and([] { linger(); });
          rlimit few{};
          ::getrlimit(RLIMIT_NOFILE, &few);
          few.rlim_cur = 3;  // below those that are open
          ::setrlimit(RLIMIT_NOFILE, &few);
          const bool right = children() == std::vector<pid_t>{running};
          return (right ? "" : "wrong list, ") + swept(end_descendants(soon()));
        }) == "all");
}
#endif

TEST_CASE("children that have ended are reaped, others are not touched") {
  CHECK(in_child([] {
          const pid_t ended = fork_and([] {});
          const pid_t running = fork_and([] { linger(); });
          siginfo_t info{};
          ::waitid(P_PID, static_cast<id_t>(ended), &info, WEXITED | WNOWAIT);
          std::string text = reap_ended_children() ? "left" : "none left";
          text += test::exists(ended) ? ", not reaped" : "";
          text += test::exists(running) ? "" : ", killed";
          return text + ", " + swept(end_descendants(soon()));
        }) == "left, all");
}

TEST_CASE("a process in a session of its own is ended") {
  CHECK(in_child([] {
          become_subreaper();
          const Meeting meeting;
          fork_and([&] {
            ::setsid();
            meeting.arrive();
            linger();
          });
          meeting.await(1);
          return swept(end_descendants(soon()));
        }) == "all");
}

TEST_CASE("a daemon, forked twice, is ended") {
  CHECK(in_child([] {
          become_subreaper();
          const Meeting meeting;
          fork_and([&] {
            ::setsid();
            fork_and([&] {
              meeting.arrive();
              linger();
            });
          });
          meeting.await(1);
          return swept(end_descendants(soon()));
        }) == "all");
}

TEST_CASE("a chain of processes, each ignoring all it can, is ended to its last link") {
  CHECK(in_child([] {
          become_subreaper();
          const Meeting meeting;
          std::function<void(int)> link = [&](int more) {
            for (const int signal : {SIGTERM, SIGHUP, SIGINT}) ::signal(signal, SIG_IGN);
            if (more > 0) fork_and([&] { link(more - 1); });
            meeting.arrive();
            linger();
          };
          fork_and([&] { link(20); });
          meeting.await(21);
          return swept(end_descendants(soon()));
        }) == "all");
}

TEST_CASE("a stopped process is ended") {
  CHECK(in_child([] {
          const pid_t pid = fork_and([] { ::raise(SIGSTOP); });
          ::waitpid(pid, nullptr, WUNTRACED);
          return swept(end_descendants(soon()));
        }) == "all");
}

TEST_CASE("processes that fork while they are being killed are ended") {
  CHECK(in_child([] {
          become_subreaper();
          const Meeting meeting;
          for (int i = 0; i < 3; ++i) {
            fork_and([&] {
              meeting.arrive();
              // Each goes on in a child and dies, for a while, like something that runs away.
              for (int more = 0; more < 3000; ++more) {
                if (::fork() != 0) ::_exit(0);
              }
              linger();
            });
          }
          meeting.await(3);
          return swept(end_descendants(soon()));
        }) == "all");
}

TEST_CASE("many children at once are ended, more than there are descriptors to watch them with") {
  CHECK(in_child([] {
          const rlimit few{40, 40};
          ::setrlimit(RLIMIT_NOFILE, &few);
          for (int i = 0; i < 100; ++i) fork_and([] { linger(); });
          return swept(end_descendants(soon()));
        }) == "all");
}

TEST_CASE("whom to keep is neither killed nor reaped, running or ended") {
  CHECK(in_child([] {
          become_subreaper();
          const Meeting meeting;
          const pid_t running = fork_and([] { linger(); });
          const pid_t ended = fork_and([] {});
          fork_and([&] {
            fork_and([&] {
              meeting.arrive();
              linger();
            });
            linger();
          });
          meeting.await(1);
          siginfo_t info{};
          ::waitid(P_PID, static_cast<id_t>(ended), &info, WEXITED | WNOWAIT);
          std::string text = end_descendants(soon(), {running, ended}) ? "all but" : "not all but";
          text += std::to_string(children().size());
          text += test::exists(running) && ::waitpid(running, nullptr, WNOHANG) == 0 ? " running" : "";
          text += ::waitpid(ended, nullptr, WNOHANG) == ended ? " ended" : "";
          return text + ", " + swept(end_descendants(soon()));
        }) == "all but2 running ended, all");
}

TEST_CASE("a process takes a group and a name of its own") {
  CHECK(in_child([] {
          lead_own_process_group();
          name_this_process("mpr-test-with-a-long-name");
          char name[16] = {};
          ::prctl(PR_GET_NAME, name);
          return std::string(::getpgrp() == ::getpid() ? "leader " : "") + name;
        }) == "leader mpr-test-with-a");
}
