#include "mpr/condition.hpp"

#include <mutex>
#include <thread>

#include "killing.hpp"
#include "mpr/errors.hpp"

using namespace mpr::test;
using namespace std::chrono_literals;
using mpr::Condition;
using mpr::Lock;
using mpr::Process;
using mpr::RLock;
using mpr::os::SharedObject;

namespace {

/// Processes that wait for a condition, one after another.
class Waiting {
 public:
  explicit Waiting(Condition& condition) : condition_(condition) {}

  /// Starts one, and returns when it waits.
  void add() {
    const int before = *asleep_;
    all_.push_back(started([this] {
      const std::scoped_lock guard(condition_);
      // Whoever gets the lock after this finds it waiting.
      ++*asleep_;
      condition_.wait();
      ++*woken_;
      return 0;
    }));
    REQUIRE(wait_until([&] { return *asleep_ > before; }));
    const std::scoped_lock guard(condition_);
  }

  [[nodiscard]] int woken() const { return *woken_; }
  [[nodiscard]] Process& operator[](size_t index) { return all_[index]; }
  [[nodiscard]] bool all_ended(size_t first, size_t end) {
    return wait_until([&] {
      bool ended = true;
      for (size_t i = first; i < end; ++i) ended = ended && !all_[i].is_alive();
      return ended;
    });
  }

 private:
  Condition& condition_;
  SharedObject<std::atomic<int>> asleep_{0};
  SharedObject<std::atomic<int>> woken_{0};
  std::vector<Process> all_;
};

uint32_t notify(Condition& condition, uint32_t waiters) {
  const std::scoped_lock guard(condition);
  return condition.notify(waiters);
}

}  // namespace

TEST_CASE("wait and notify need the lock") {
  Condition own;
  Lock lock;
  Condition given(lock);
  for (Condition* const condition : {&own, &given}) {
    CHECK_THROWS_AS(condition->wait(), std::logic_error);
    CHECK_THROWS_AS(condition->wait_for(1s), std::logic_error);
    CHECK_THROWS_AS(condition->notify(), std::logic_error);
    CHECK_THROWS_AS(condition->notify_all(), std::logic_error);
  }
  CHECK_FALSE(lock.locked());
}

TEST_CASE("a condition is locked by its lock, its own or one that it is given") {
  RLock rlock;
  Condition with_rlock(rlock);
  Condition moved(std::move(with_rlock));
  moved.lock();
  CHECK(rlock.held());
  CHECK(moved.try_lock());
  CHECK(moved.try_lock_for(1s));
  CHECK_FALSE(moved.recover());
  for (int i = 0; i < 4; ++i) moved.unlock();
  CHECK_FALSE(rlock.locked());

  Lock lock;
  Condition with_lock(lock);
  const std::scoped_lock guard(lock);
  CHECK_FALSE(with_lock.try_lock());
  CHECK(with_lock.notify_all() == 0);

  Condition own;
  std::unique_lock own_guard(own, 1s);
  CHECK(own_guard.owns_lock());
  CHECK(own.try_lock());
  own.unlock();
}

TEST_CASE("a condition is waited for no longer than was said") {
  Condition condition;
  const std::scoped_lock guard(condition);
  const auto start = Clock::now();
  CHECK_FALSE(condition.wait_for(0s));
  CHECK_FALSE(condition.wait_for(20ms));
  CHECK(Clock::now() - start >= 20ms);
  CHECK_FALSE(condition.wait_until(start));
  CHECK_FALSE(condition.wait_for(1ms, [] { return false; }));
  CHECK(condition.wait_for(0s, [] { return true; }));
  condition.wait([] { return true; });
  // None of those is there to be notified any more.
  CHECK(condition.notify_all() == 0);
}

TEST_CASE("notify wakes so many, those who have waited longest, and no more than there are") {
  const NothingLeft nothing_left;
  Condition condition;
  Waiting waiting(condition);
  for (int i = 0; i < 5; ++i) waiting.add();
  CHECK(notify(condition, 0) == 0);
  CHECK(notify(condition, 1) == 1);
  CHECK(waiting.all_ended(0, 1));
  CHECK(notify(condition, 2) == 2);
  CHECK(waiting.all_ended(1, 3));
  CHECK(waiting[3].is_alive());
  CHECK(waiting[4].is_alive());
  CHECK(waiting.woken() == 3);
  // The next place that is free is before theirs.
  waiting.add();
  CHECK(notify(condition, 2) == 2);
  CHECK(waiting.all_ended(3, 5));
  CHECK(waiting[5].is_alive());
  CHECK(notify(condition, 6) == 1);
  CHECK(waiting.all_ended(5, 6));
  CHECK(notify(condition, 6) == 0);
}

TEST_CASE("notify_all wakes everybody, processes and threads") {
  const NothingLeft nothing_left;
  Condition condition;
  {
    Waiting waiting(condition);
    for (int i = 0; i < 3; ++i) waiting.add();
    std::vector<std::thread> threads;
    std::atomic<int> asleep = 0;
    std::atomic<int> woken = 0;
    for (int i = 0; i < 3; ++i) {
      threads.emplace_back([&] {
        const std::scoped_lock guard(condition);
        ++asleep;
        if (condition.wait_for(kSoon)) ++woken;
      });
    }
    REQUIRE(wait_until([&] { return asleep == 3; }));
    {
      const std::scoped_lock guard(condition);
      CHECK(condition.notify_all() == 6);
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(woken == 3);
    CHECK(waiting.all_ended(0, 3));
    CHECK(waiting.woken() == 3);
  }
  CHECK(notify(condition, 1) == 0);
}

TEST_CASE("wait with a predicate returns when another process has made it true") {
  const NothingLeft nothing_left;
  Condition condition;
  const SharedObject<int> state(0);
  Process process = started([&] {
    const std::scoped_lock guard(condition);
    *state = 1;
    condition.notify_one();
    condition.wait([&] { return *state == 2; });
    *state = 3;
    condition.notify_one();
    return 0;
  });
  {
    const std::scoped_lock guard(condition);
    condition.wait([&] { return *state == 1; });
    *state = 2;
    condition.notify_one();
    CHECK(condition.wait_for(kSoon, [&] { return *state == 3; }));
  }
  CHECK(exit_code_of(process) == 0);
}

TEST_CASE("who waits for a condition is woken at once") {
  const NothingLeft nothing_left;
  Condition condition;
  const SharedObject<int> ball(0);
  const auto play = [&](int mine) {
    const std::scoped_lock guard(condition);
    condition.wait([&] { return *ball == mine; });
    *ball = 1 - mine;
    condition.notify_one();
  };
  CHECK(play_quickly([&] { play(0); }, [&] { play(1); }));
}

TEST_CASE("an RLock that is locked several times is free during wait, and locked as often afterwards") {
  const NothingLeft nothing_left;
  RLock lock;
  Condition condition(lock);
  lock.lock();
  lock.lock();
  lock.lock();
  Process process = started([&] {
    const std::scoped_lock guard(condition);
    condition.notify_one();
    return 0;
  });
  CHECK(condition.wait_for(kSoon));
  for (int left = 3; left > 0; --left) {
    CHECK(lock.held());
    lock.unlock();
  }
  CHECK_FALSE(lock.locked());
  process.join();
}

TEST_CASE("a waiter that was killed takes no notification from others") {
  const NothingLeft nothing_left;
  Condition condition;
  Waiting waiting(condition);
  for (int i = 0; i < 4; ++i) waiting.add();
  kill_and_join(waiting[0]);
  kill_and_join(waiting[2]);
  CHECK(notify(condition, 1) == 1);
  CHECK(waiting.all_ended(1, 2));
  CHECK(waiting[3].is_alive());
  CHECK(notify(condition, 2) == 1);
  CHECK(waiting.all_ended(3, 4));
  CHECK(waiting.woken() == 2);
}

TEST_CASE("who waits is told, holding the lock, when the one who might have notified dies with it") {
  const NothingLeft nothing_left;
  Lock lock;
  Condition condition(lock);
  const SharedObject<std::atomic<bool>> waiting(false);
  const SharedObject<std::atomic<int>> victim_pid(0);
  Process waiter = started([&] {
    const std::scoped_lock guard(condition);
    *waiting = true;
    try {
      condition.wait();
    } catch (const mpr::OwnerDied& error) {
      return error.pid == *victim_pid && lock.held() ? 0 : 1;
    }
    return 2;
  });
  REQUIRE(wait_until([&] { return waiting->load(); }));
  *victim_pid = killed_after([&] {
    *victim_pid = ::getpid();
    condition.lock();
  });
  CHECK(exit_code_of(waiter) == 0);
  // It has recovered it, and unlocked it.
  CHECK(lock.try_lock());
  lock.unlock();
}

TEST_CASE("an OwnerDied out of wait leaves the lock held and working") {
  const NothingLeft nothing_left;
  RLock lock;
  Condition condition(lock);
  {
    const std::scoped_lock outer(lock);
    const std::scoped_lock guard(condition);
    Process victim = started([&]() -> int {
      condition.lock();
      wait_to_be_killed();
    });
    std::thread killer([&] {
      (void)wait_until([&] { return lock.owner() == victim.pid(); });
      kill_and_join(victim);
    });
    CHECK_THROWS_AS(condition.wait(), mpr::OwnerDied);
    killer.join();
    CHECK(lock.held());
    CHECK_FALSE(condition.wait_for(0s));
  }
  CHECK_FALSE(lock.locked());
  const std::scoped_lock guard(condition);
  CHECK(condition.notify_all() == 0);
}

TEST_CASE("more threads than a condition has places for are refused, and those of the dead are free") {
  const NothingLeft nothing_left;
  Condition condition;
  const SharedObject<std::atomic<int>> waiting(0);
  const SharedObject<std::atomic<bool>> refused(false);
  Process crowd = started([&]() -> int {
    std::vector<std::thread> threads;
    for (int i = 0; i < 1024; ++i) {
      threads.emplace_back([&] {
        const std::scoped_lock guard(condition);
        ++*waiting;
        condition.wait();
      });
    }
    while (*waiting < 1024) std::this_thread::yield();
    const std::scoped_lock guard(condition);
    try {
      condition.wait();
    } catch (const mpr::Error&) {
      *refused = true;
    }
    condition.unlock();
    wait_to_be_killed();
  });
  CHECK(wait_until([&] { return refused->load(); }));
  kill_and_join(crowd);
  const std::scoped_lock guard(condition);
  CHECK(condition.notify_all() == 0);
  CHECK_FALSE(condition.wait_for(1ms));
}

TEST_CASE("waiters and notifiers that are killed at any moment leave nobody asleep") {
  const NothingLeft nothing_left;
  Condition condition;
  const SharedObject<uint64_t> made(0U);
  const SharedObject<uint64_t> taken(0U);
  const auto locked = [&](const auto& change) {
    try {
      condition.lock();
    } catch (const mpr::OwnerDied&) {
      condition.recover();
    }
    const std::scoped_lock guard(std::adopt_lock, condition);
    try {
      return change();
    } catch (const mpr::OwnerDied&) {
      return true;  // out of wait(): there is nothing to mend, each change is one number
    }
  };
  // Makers are never killed, so that what they do comes: and whoever waits for it must get it.
  const SharedObject<std::atomic<bool>> stop(false);
  Process maker = started([&] {
    while (!*stop) {
      locked([&] {
        *made += 1;
        return condition.notify_one() <= 1;
      });
    }
    return 0;
  });
  const bool sound = Killing{.workers = 4}.run([&](unsigned worker) {
    return locked([&] {
      if (worker == 0) {
        *made += 1;
        condition.notify_all();
        return true;
      }
      if (!condition.wait_for(kSoon, [&] { return *made > *taken; })) return false;
      *taken += 1;
      return true;
    });
  });
  CHECK(sound);
  *stop = true;
  CHECK(exit_code_of(maker) == 0);
  CHECK(*taken > 100);
}
