#include "mpr/lock.hpp"

#include <mutex>
#include <thread>

#include "killing.hpp"
#include "mpr/errors.hpp"

using namespace mpr::test;
using namespace std::chrono_literals;
using mpr::Lock;
using mpr::Process;
using mpr::RLock;
using mpr::os::SharedObject;

namespace {

constexpr int kDied = 2;

/// In another process: what try_lock() answers there (and unlocks), or kDied for OwnerDied.
template <class AnyLock>
int tried_elsewhere(AnyLock& lock) {
  Process process = started([&lock] {
    try {
      if (!lock.try_lock()) return 0;
    } catch (const mpr::OwnerDied&) {
      return kDied;
    }
    lock.unlock();
    return 1;
  });
  return exit_code_of(process);
}

/// The error of a call that has to be refused.
template <class Call>
std::errc refusal(const Call& call) {
  try {
    call();
  } catch (const std::system_error& error) {
    return static_cast<std::errc>(error.code().value());
  }
  return {};
}

template <class AnyLock>
int died(AnyLock& lock) {
  try {
    lock.lock();
  } catch (const mpr::OwnerDied& error) {
    return error.pid;
  }
  lock.unlock();
  return 0;
}

struct Pair {
  std::atomic<uint64_t> first{0};
  std::atomic<uint64_t> second{0};
};

}  // namespace

TEMPLATE_TEST_CASE("a lock is one process's at a time, and everybody can see that", "", Lock, RLock) {
  const NothingLeft nothing_left;
  TestType lock;
  CHECK_FALSE(lock.locked());
  CHECK_FALSE(lock.owner());
  {
    const std::scoped_lock guard(lock);
    CHECK(lock.locked());
    CHECK(lock.held());
    CHECK(lock.owner() == ::getpid());
    CHECK(tried_elsewhere(lock) == 0);
    Process process =
        started([&, parent = ::getpid()] { return lock.locked() && !lock.held() && lock.owner() == parent ? 0 : 1; });
    CHECK(exit_code_of(process) == 0);
  }
  CHECK_FALSE(lock.locked());
  CHECK_FALSE(lock.held());
  CHECK_FALSE(lock.owner());
  CHECK(tried_elsewhere(lock) == 1);
}

TEST_CASE("locking a Lock twice in one thread is an error, not a deadlock") {
  Lock lock;
  lock.lock();
  CHECK(refusal([&] { lock.lock(); }) == std::errc::resource_deadlock_would_occur);
  CHECK(refusal([&] { (void)lock.try_lock_for(1h); }) == std::errc::resource_deadlock_would_occur);
  CHECK(refusal([&] { lock.recover(); }) == std::errc::resource_deadlock_would_occur);
  CHECK_FALSE(lock.try_lock());
  lock.unlock();
  CHECK(lock.try_lock());
  lock.unlock();
}

TEST_CASE("an RLock is unlocked when it has been unlocked as often as it was locked") {
  const NothingLeft nothing_left;
  RLock lock;
  lock.lock();
  CHECK(lock.try_lock());
  CHECK(lock.try_lock_for(1s));
  CHECK_FALSE(lock.recover());
  for (int left = 4; left > 0; --left) {
    CHECK(lock.locked());
    CHECK(tried_elsewhere(lock) == 0);
    lock.unlock();
  }
  CHECK_FALSE(lock.locked());
  CHECK(tried_elsewhere(lock) == 1);
  CHECK(refusal([&] { lock.unlock(); }) == std::errc::operation_not_permitted);
}

TEMPLATE_TEST_CASE("only the thread that holds a lock may unlock it", "", Lock, RLock) {
  const NothingLeft nothing_left;
  TestType lock;
  CHECK(refusal([&] { lock.unlock(); }) == std::errc::operation_not_permitted);
  lock.lock();
  Process process =
      started([&] { return refusal([&] { lock.unlock(); }) == std::errc::operation_not_permitted ? 0 : 1; });
  CHECK(exit_code_of(process) == 0);
  std::errc in_thread{};
  std::thread([&] { in_thread = refusal([&] { lock.unlock(); }); }).join();
  CHECK(in_thread == std::errc::operation_not_permitted);
  CHECK(lock.owner() == ::getpid());
  CHECK(tried_elsewhere(lock) == 0);
  lock.unlock();
  CHECK(tried_elsewhere(lock) == 1);
}

TEMPLATE_TEST_CASE("a lock is waited for no longer than was said", "", Lock, RLock) {
  TestType lock;
  const std::scoped_lock guard(lock);
  bool locked = true;
  std::optional<bool> recovered;
  auto waited = 0ns;
  std::thread([&] {
    const auto start = Clock::now();
    locked = lock.try_lock_for(20ms);
    waited = Clock::now() - start;
    locked = lock.try_lock_until(start - 1h) || locked;
    recovered = lock.recover_for(1ms);
  }).join();
  CHECK_FALSE(locked);
  CHECK_FALSE(recovered);
  CHECK(waited >= 20ms);
}

TEMPLATE_TEST_CASE("a lock works with what the standard library has for locks", "", Lock, RLock) {
  TestType first;
  TestType second;
  {
    const std::scoped_lock guard(first, second);
    CHECK(first.held());
    CHECK(second.held());
  }
  {
    std::unique_lock guard(first, std::defer_lock);
    CHECK(guard.try_lock_for(std::chrono::nanoseconds::max()));
    guard.unlock();
    CHECK(guard.try_lock());
  }
  CHECK_FALSE(first.locked());
}

TEMPLATE_TEST_CASE("five processes that add under a lock lose nothing", "", Lock, RLock) {
  const NothingLeft nothing_left;
  TestType lock;
  const SharedObject<uint64_t> count(0U);
  std::vector<Process> all;
  for (int i = 0; i < 5; ++i) {
    all.push_back(started([&] {
      for (int n = 0; n < 2000; ++n) {
        const std::scoped_lock guard(lock);
        *count += 1;
      }
      return 0;
    }));
  }
  for (Process& process : all) CHECK(exit_code_of(process) == 0);
  CHECK(*count == 10000);
}

TEMPLATE_TEST_CASE("a killed holder is told of to everybody until the lock is recovered", "", Lock, RLock) {
  const NothingLeft nothing_left;
  TestType lock;
  const int victim = killed_after([&] { lock.lock(); });
  CHECK_FALSE(lock.locked());
  CHECK_FALSE(lock.owner());
  CHECK(died(lock) == victim);
  CHECK(died(lock) == victim);
  CHECK_FALSE(lock.held());
  CHECK_FALSE(lock.locked());
  CHECK_THROWS_AS(lock.try_lock(), mpr::OwnerDied);
  CHECK_THROWS_AS(lock.try_lock_for(1s), mpr::OwnerDied);
  CHECK(tried_elsewhere(lock) == kDied);

  CHECK(lock.recover());
  CHECK(lock.held());
  CHECK(lock.owner() == ::getpid());
  CHECK(tried_elsewhere(lock) == 0);
  lock.unlock();
  CHECK(died(lock) == 0);
  CHECK(tried_elsewhere(lock) == 1);
  CHECK(lock.recover_for(1s) == false);
  lock.unlock();
}

TEMPLATE_TEST_CASE("who waits for a lock whose holder is killed is told at once", "", Lock, RLock) {
  const NothingLeft nothing_left;
  TestType lock;
  const SharedObject<std::atomic<int>> waiting(0);
  Process holder = started([&]() -> int {
    lock.lock();
    *waiting = 1;
    wait_to_be_killed();
  });
  REQUIRE(wait_until([&] { return *waiting == 1; }));
  std::vector<Process> waiters;
  for (int i = 0; i < 3; ++i) {
    waiters.push_back(started([&] {
      ++*waiting;
      return died(lock) == holder.pid() ? 0 : 1;
    }));
  }
  REQUIRE(wait_until([&] { return *waiting == 4; }));
  kill_and_join(holder);
  for (Process& waiter : waiters) CHECK(exit_code_of(waiter) == 0);
}

TEST_CASE("a process that dies mending what a lock protects is a holder that died") {
  const NothingLeft nothing_left;
  Lock lock;
  killed_after([&] { lock.lock(); });
  const int second = killed_after([&] { lock.recover(); });
  CHECK(died(lock) == second);
  CHECK(lock.recover());
  lock.unlock();
}

TEST_CASE("an RLock that died locked several times is recovered to one") {
  const NothingLeft nothing_left;
  RLock lock;
  killed_after([&] {
    lock.lock();
    lock.lock();
  });
  CHECK(lock.recover());
  lock.unlock();
  CHECK_FALSE(lock.locked());
}

TEST_CASE("a thread that ends holding a lock is a holder that died") {
  Lock lock;
  std::thread([&] { lock.lock(); }).join();
  CHECK(died(lock) == ::getpid());
  CHECK(lock.recover());
  lock.unlock();
}

TEST_CASE("who dies waiting for a lock, or after unlocking it, disturbs nobody") {
  const NothingLeft nothing_left;
  Lock lock;
  killed_after([&] { const std::scoped_lock guard(lock); });
  CHECK(died(lock) == 0);
  lock.lock();
  Process waiter = started([&] {
    lock.lock();
    return 0;
  });
  kill_and_join(waiter);
  lock.unlock();
  CHECK(died(lock) == 0);
}

TEST_CASE("a child does not hold what its parent does, and leaves it alone when it ends") {
  const NothingLeft nothing_left;
  auto lock = std::make_unique<Lock>();
  lock->lock();
  Process process = started([&] {
    const bool held = lock->held();
    lock.reset();
    return held ? 1 : 0;
  });
  CHECK(exit_code_of(process) == 0);
  CHECK(lock->held());
  CHECK(tried_elsewhere(*lock) == 0);
  lock->unlock();
}

TEMPLATE_TEST_CASE("a lock may be moved and destroyed while this thread holds it", "", Lock, RLock) {
  const NothingLeft nothing_left;
  TestType other;
  for (int i = 0; i < 10; ++i) {
    // What is locked around it is in the same list of the kernel.
    const std::scoped_lock guard(other);
    TestType first;
    first.lock();
    TestType second(std::move(first));
    CHECK(second.held());
    second = TestType();
    CHECK_FALSE(second.held());
    second.lock();
  }
  CHECK(tried_elsewhere(other) == 1);
}

TEST_CASE("a lock that is destroyed while held is unlocked for other processes") {
  const NothingLeft nothing_left;
  auto lock = std::make_unique<RLock>();
  const SharedObject<std::atomic<bool>> ready(false);
  lock->lock();
  lock->lock();
  Process waiter = started([&] {
    *ready = true;
    lock->lock();
    return 0;
  });
  REQUIRE(wait_until([&] { return ready->load(); }));
  lock.reset();
  CHECK(exit_code_of(waiter) == 0);
}

TEMPLATE_TEST_CASE("processes that are killed at any moment leave a lock that works and tells", "", Lock, RLock) {
  const NothingLeft nothing_left;
  TestType lock;
  const SharedObject<Pair> pair;
  const SharedObject<std::atomic<int>> inside(0);
  const bool sound = Killing{.workers = 5}.run([&](unsigned) {
    bool mended = false;
    try {
      lock.lock();
    } catch (const mpr::OwnerDied&) {
      mended = lock.recover();
    }
    const std::scoped_lock guard(std::adopt_lock, lock);
    if (mended) pair->second = pair->first.load();
    if (pair->first != pair->second) return false;
    if (!mended && *inside != 0) return false;
    *inside = ::getpid();
    ++pair->first;
    for (int i = 0; i < 50; ++i) {
      if (*inside != ::getpid()) return false;
    }
    ++pair->second;
    *inside = 0;
    return true;
  });
  CHECK(sound);
  lock.recover();
  CHECK(pair->first > 100);
  lock.unlock();
  CHECK(tried_elsewhere(lock) == 1);
}
