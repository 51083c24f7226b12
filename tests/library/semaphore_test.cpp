#include "mpr/semaphore.hpp"

#include <algorithm>
#include <array>

#include "killing.hpp"
#include "mpr/errors.hpp"
#include "support/process_table.hpp"
#include "support/rounds.hpp"

using namespace mpr::test;
using namespace std::chrono_literals;
using mpr::BoundedSemaphore;
using mpr::Process;
using mpr::Semaphore;
using mpr::os::SharedObject;
using Permits = Semaphore::Permits;

TEMPLATE_TEST_CASE("a semaphore lets in as many as it has permits", "", Semaphore, BoundedSemaphore) {
  TestType semaphore(2);
  CHECK(semaphore.value() == 2);
  semaphore.acquire();
  CHECK(semaphore.value() == 1);
  CHECK(semaphore.try_acquire());
  CHECK(semaphore.value() == 0);
  CHECK_FALSE(semaphore.try_acquire());
  semaphore.release();
  CHECK(semaphore.value() == 1);
  semaphore.release();
  CHECK(semaphore.value() == 2);
}

TEST_CASE("a Semaphore may be released beyond what it began with") {
  const auto kind = GENERATE(Permits::held, Permits::passed);
  Semaphore semaphore(2, kind);
  semaphore.release();
  CHECK(semaphore.value() == 3);
  semaphore.acquire();
  semaphore.release(2);
  CHECK(semaphore.value() == 4);
  semaphore.release(0);
  CHECK(semaphore.value() == 4);
  CHECK_THROWS_AS(semaphore.release(Semaphore::kMost), std::logic_error);
  CHECK(semaphore.value() == 4);
  CHECK_THROWS_AS(Semaphore(Semaphore::kMost + 1), std::invalid_argument);
}

TEST_CASE("a BoundedSemaphore that is released too often says so and stays as it is") {
  const auto kind = GENERATE(Permits::held, Permits::passed);
  BoundedSemaphore semaphore(2, kind);
  CHECK_THROWS_AS(semaphore.release(), std::logic_error);
  semaphore.acquire();
  CHECK_THROWS_AS(semaphore.release(2), std::logic_error);
  CHECK(semaphore.value() == 1);
  semaphore.release();
  CHECK(semaphore.value() == 2);
}

TEST_CASE("a permit is waited for no longer than was said") {
  Semaphore semaphore(1);
  semaphore.acquire();
  const auto start = Clock::now();
  CHECK_FALSE(semaphore.try_acquire_for(20ms));
  CHECK(Clock::now() - start >= 20ms);
  CHECK_FALSE(semaphore.try_acquire_until(start));
  semaphore.release();
  CHECK(semaphore.try_acquire_until(start));
  semaphore.release();
  CHECK(semaphore.try_acquire_for(std::chrono::nanoseconds::max()));
}

TEST_CASE("never are more processes inside than there are permits") {
  const NothingLeft nothing_left;
  Semaphore semaphore(2);
  const SharedObject<std::atomic<int>> inside(0);
  const SharedObject<std::atomic<int>> most(0);
  std::vector<Process> all;
  for (int i = 0; i < 5; ++i) {
    all.push_back(started([&] {
      for (int n = 0; n < 500; ++n) {
        semaphore.acquire();
        const int now = ++*inside;
        if (now > *most) *most = now;
        --*inside;
        semaphore.release();
      }
      return 0;
    }));
  }
  for (Process& process : all) CHECK(exit_code_of(process) == 0);
  CHECK(*most <= 2);
  CHECK(semaphore.value() == 2);
}

TEST_CASE("a permit that is released wakes one who waits, and several wake several") {
  const NothingLeft nothing_left;
  Semaphore semaphore(0);
  const SharedObject<std::atomic<int>> got(0);
  std::vector<Process> all;
  for (int i = 0; i < 3; ++i) {
    all.push_back(started([&] {
      semaphore.acquire();
      ++*got;
      return 0;
    }));
  }
  semaphore.release();
  CHECK(wait_until([&] { return *got == 1; }));
  semaphore.release(2);
  for (Process& process : all) CHECK(exit_code_of(process) == 0);
  CHECK(*got == 3);
  CHECK(semaphore.value() == 0);
}

TEMPLATE_TEST_CASE("what a killed process held comes back", "", Semaphore, BoundedSemaphore) {
  const NothingLeft nothing_left;
  TestType semaphore(3);
  semaphore.acquire();
  killed_after([&] {
    semaphore.acquire();
    semaphore.acquire();
  });
  CHECK(semaphore.try_acquire_for(kSoon));
  CHECK(semaphore.try_acquire_for(kSoon));
  CHECK_FALSE(semaphore.try_acquire());
  semaphore.release(3);
  CHECK(semaphore.value() == 3);
}

TEST_CASE("who waits for a permit gets that of a holder that is killed meanwhile") {
  const NothingLeft nothing_left;
  Semaphore semaphore(1);
  const SharedObject<std::atomic<bool>> held(false);
  Process holder = started([&]() -> int {
    semaphore.acquire();
    *held = true;
    wait_to_be_killed();
  });
  REQUIRE(wait_until([&] { return held->load(); }));
  Process waiter = started([&] {
    // Nothing to find yet: it has to look again.
    if (semaphore.try_acquire()) return 1;
    *held = false;
    semaphore.acquire();
    return 0;
  });
  REQUIRE(wait_until([&] { return !held->load(); }));
  kill_and_join(holder);
  CHECK(exit_code_of(waiter) == 0);
}

TEST_CASE("who waits for a permit is woken at once when it is released") {
  const NothingLeft nothing_left;
  Semaphore there(0);
  Semaphore back(0);
  const auto answer = [&] {
    there.acquire();
    back.release();
  };
  const auto serve = [&] {
    there.release();
    back.acquire();
  };
  CHECK(play_quickly(serve, answer));
}

TEST_CASE("what a process held when it ended comes back, and what it had released does not come twice") {
  const NothingLeft nothing_left;
  Semaphore semaphore(2);
  Process process = started([&] {
    semaphore.acquire();
    semaphore.acquire();
    semaphore.release();
    return 0;
  });
  CHECK(exit_code_of(process) == 0);
  CHECK(wait_until([&] { return semaphore.value() == 2; }));
  semaphore.acquire();
  semaphore.acquire();
  CHECK_FALSE(semaphore.try_acquire_for(250ms));
  semaphore.release(2);
}

TEST_CASE("permits that are passed on do not come back when who acquired them ends") {
  const NothingLeft nothing_left;
  Semaphore signals(0);
  Semaphore passed(1, Permits::passed);
  signals.release();
  killed_after([&] {
    signals.acquire();
    passed.acquire();
  });
  CHECK_FALSE(signals.try_acquire_for(250ms));
  CHECK_FALSE(passed.try_acquire());
  passed.release();
  CHECK(passed.value() == 1);
}

TEST_CASE("a forked child does not hold what its parent acquired") {
  const NothingLeft nothing_left;
  BoundedSemaphore semaphore(1);
  semaphore.acquire();
  Process process = started([&] {
    try {
      semaphore.release();
    } catch (const std::logic_error&) {
      return 0;
    }
    return 1;
  });
  CHECK(exit_code_of(process) == 0);
  CHECK_FALSE(semaphore.try_acquire_for(250ms));
  semaphore.release();
  CHECK(semaphore.value() == 1);
}

TEST_CASE("processes that are killed at any moment neither lose permits nor double them", "[soak]") {
  Rounds rounds{1};
  while (const auto seed = rounds.next()) {
    CAPTURE(*seed);
    const NothingLeft nothing_left;
    const auto permits = GENERATE(1U, 3U);
    BoundedSemaphore semaphore(permits);
    // Each worker has a place to say that it is inside. A dead one does not clear it, its successor does.
    const SharedObject<std::array<std::atomic<int>, 5>> inside;
    const auto somebody_else_inside = [&] {
      return std::any_of(inside->begin(), inside->end(), [](const std::atomic<int>& pid) {
        const int who = pid;
        return who != 0 && who != ::getpid() && is_alive(who) && pid == who;
      });
    };
    const bool sound = Killing{.workers = 5, .kills = 30}.run([&](unsigned worker) {
      (*inside)[worker] = 0;
      if (!semaphore.try_acquire_for(kSoon)) return false;
      (*inside)[worker] = ::getpid();
      const bool alone = permits > 1 || !somebody_else_inside();
      (*inside)[worker] = 0;
      semaphore.release();
      return alone;
    });
    CHECK(sound);
    CHECK(wait_until([&] { return semaphore.value() == permits; }));
  }
}

TEST_CASE("a process that is killed in the middle of acquire or release leaves the permits whole") {
  const NothingLeft nothing_left;
  BoundedSemaphore semaphore(2);
  // Alone, so that it hardly ever waits.
  const bool sound = Killing{.workers = 1, .kills = 60, .life = 500us}.run([&](unsigned) {
    for (int i = 0; i < 1000; ++i) {
      semaphore.acquire();
      semaphore.release();
    }
    return true;
  });
  CHECK(sound);
  CHECK(wait_until([&] { return semaphore.value() >= 2; }));
  CHECK(semaphore.value() == 2);
}

TEST_CASE("processes that are killed between signals lose and make none") {
  const NothingLeft nothing_left;
  Semaphore signals(0);
  const SharedObject<std::atomic<int>> released(0);
  // Only those who release are killed: each release is counted before and after, so that at most one is in doubt.
  const SharedObject<std::atomic<int>> begun(0);
  const bool sound = Killing{.workers = 2, .kills = 30}.run([&](unsigned) {
    ++*begun;
    signals.release();
    ++*released;
    return true;
  });
  CHECK(sound);
  int got = 0;
  while (signals.try_acquire()) ++got;
  CHECK(got >= *released);
  CHECK(got <= *begun);
}
