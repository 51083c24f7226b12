#include "os/process_identity.hpp"

#include <atomic>
#include <csignal>

#include "os/fork.hpp"
#include "os/shared_mapping.hpp"
#include "support/process_support.hpp"

using namespace mpr::os;
using namespace mpr::test;

TEST_CASE("this process is alive, and known by pid and start") {
  const ProcessIdentity me = ProcessIdentity::own();
  CHECK(me.pid == ::getpid());
  CHECK(me.start != 0);
  CHECK(me.is_alive());
  CHECK(me == ProcessIdentity::own());
}

TEST_CASE("a child is another than its parent, alive until it ends, waited for or not") {
  const NothingLeft nothing_left;
  const ProcessIdentity parent = ProcessIdentity::own();
  const SharedObject<ProcessIdentity> own;
  const SharedObject<std::atomic<bool>> known;
  ProcessHandle child = fork_child([&] {
    *own = ProcessIdentity::own();
    *known = true;
    for (;;) ::pause();
    return 0;
  });
  REQUIRE(wait_until([&] { return known->load(); }));
  CHECK(own->pid == child.pid());
  CHECK_FALSE(*own == parent);
  CHECK(own->is_alive());
  child.signal(SIGKILL);
  siginfo_t ended{};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(child.pid()), &ended, WEXITED | WNOWAIT) == 0);
  CHECK(exists(own->pid));
  CHECK_FALSE(own->is_alive());
  (void)child.wait();
  CHECK_FALSE(own->is_alive());
}

TEST_CASE("a process that has got the pid of another is not taken for it") {
  ProcessIdentity other = ProcessIdentity::own();
  other.start -= 1;
  CHECK_FALSE(other.is_alive());
  // Where the start is not known, the pid is all there is to go by.
  other.start = 0;
  CHECK(other.is_alive());
}
