#include "os/robust_mutex.hpp"

#include <atomic>
#include <csignal>

#include "os/fork.hpp"
#include "os/shared_mapping.hpp"
#include "support/process_support.hpp"

using namespace mpr::os;
using namespace mpr::test;
using namespace std::chrono_literals;

using Mutex = SharedObject<RobustMutex>;
using Outcome = RobustMutex::Outcome;

namespace {

/// A child that has the mutex until it is killed.
ProcessHandle holder_of(const Mutex& mutex) {
  const SharedObject<std::atomic<bool>> held;
  ProcessHandle holder = fork_child([&] {
    *held = mutex->lock() == Outcome::locked;
    for (;;) ::pause();
    return 0;
  });
  REQUIRE(wait_until([&] { return held->load(); }));
  return holder;
}

void kill(ProcessHandle& process) {
  process.signal(SIGKILL);
  (void)process.wait();
}

}  // namespace

TEST_CASE("the next to lock a mutex whose holder was killed is told once, and it works on") {
  const NothingLeft nothing_left;
  const Mutex mutex;
  for (int round = 0; round < 20; ++round) {
    ProcessHandle holder = holder_of(mutex);
    kill(holder);
    CHECK((round % 2 == 0 ? mutex->lock() : mutex->try_lock()) == Outcome::owner_died);
    mutex->unlock();
    CHECK(mutex->lock() == Outcome::locked);
    mutex->unlock();
  }
}

TEST_CASE("who waits for a mutex gets it when its holder is killed") {
  const NothingLeft nothing_left;
  const Mutex mutex;
  ProcessHandle holder = holder_of(mutex);
  ProcessHandle waiter = fork_child([&] { return mutex->lock() == Outcome::owner_died ? 7 : 1; });
  CHECK_FALSE(waiter.wait_until(mpr::os::Clock::now() + 20ms));
  kill(holder);
  CHECK(waiter.wait().status.code() == 7);
  // It ended without unlocking.
  CHECK(mutex->lock() == Outcome::owner_died);
  mutex->unlock();
}

TEST_CASE("a mutex that another process has is not to be had: at once, or by the deadline") {
  const NothingLeft nothing_left;
  const Mutex mutex;
  ProcessHandle holder = holder_of(mutex);
  CHECK(mutex->try_lock() == Outcome::timed_out);
  const auto begin = mpr::os::Clock::now();
  CHECK(mutex->lock_until(begin + 20ms) == Outcome::timed_out);
  CHECK(mpr::os::Clock::now() - begin >= 20ms);
  CHECK(mutex->lock_until(Time::min()) == Outcome::timed_out);
  CHECK_THROWS_AS(mutex->unlock(), std::system_error);
  CHECK(mutex->is_locked());
  CHECK_FALSE(mutex->held_by_this_thread());
  kill(holder);
  CHECK_FALSE(mutex->is_locked());
  CHECK(mutex->holder_died());
}

TEST_CASE("misuse of a mutex is an error, and a recursive one may be locked again") {
  const Mutex checking;
  CHECK_THROWS_AS(checking->unlock(), std::system_error);
  CHECK(checking->lock() == Outcome::locked);
  CHECK(checking->try_lock() == Outcome::timed_out);
  CHECK_THROWS_AS(checking->lock(), std::system_error);
  CHECK(checking->held_by_this_thread());
  checking->unlock();
  const Mutex recursive(RobustMutex::Kind::recursive);
  CHECK(recursive->lock() == Outcome::locked);
  CHECK(recursive->try_lock() == Outcome::locked);
  recursive->unlock();
  CHECK(recursive->is_locked());
  recursive->unlock();
  CHECK_FALSE(recursive->is_locked());
  CHECK_THROWS_AS(recursive->unlock(), std::system_error);
}
