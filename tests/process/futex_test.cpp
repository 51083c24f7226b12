#include "os/futex.hpp"

#include "os/fork.hpp"
#include "os/shared_mapping.hpp"
#include "support/process_support.hpp"

using namespace mpr::os;
using namespace mpr::test;
using namespace std::chrono_literals;

using Word = SharedObject<std::atomic<uint32_t>>;

TEST_CASE("a process that sleeps on a shared word is woken by another") {
  const NothingLeft nothing_left;
  const Word word;
  ProcessHandle sleeper = fork_child([&] {
    while (*word == 0) (void)futex_wait(*word, 0, kNever);
    return 7;
  });
  // Woken for nothing as often as it takes to see it asleep.
  CHECK(wait_until([&] { return futex_wake(*word, kWakeAll) == 1; }));
  *word = 1;
  (void)futex_wake(*word, 1);
  CHECK(sleeper.wait().status.code() == 7);
}

TEST_CASE("as many sleepers are woken as are asked for") {
  const NothingLeft nothing_left;
  const Word gate;
  const Word woken;
  std::vector<ProcessHandle> sleepers;
  for (int i = 0; i < 3; ++i) {
    sleepers.push_back(fork_child([&] {
      (void)futex_wait(*gate, 0, later(mpr::os::Clock::now(), kSoon));
      ++*woken;
      return 0;
    }));
  }
  int told = 0;
  REQUIRE(wait_until([&] { return (told += futex_wake(*gate, 2)) >= 2; }));
  REQUIRE(wait_until([&] { return told == 3 || (told += futex_wake(*gate, 1)) == 3; }));
  for (ProcessHandle& sleeper : sleepers) CHECK(sleeper.wait().status.success());
  CHECK(*woken == 3);
  CHECK(futex_wake(*gate, kWakeAll) == 0);
}

TEST_CASE("nobody sleeps on a word that is another already, nor longer than to the deadline") {
  const Word word;
  CHECK(futex_wait(*word, 1, kNever));
  const auto begin = mpr::os::Clock::now();
  CHECK_FALSE(futex_wait(*word, 0, begin + 20ms));
  CHECK(mpr::os::Clock::now() - begin >= 20ms);
  CHECK_FALSE(futex_wait(*word, 0, begin));
  CHECK_FALSE(futex_wait(*word, 0, Time::min()));
}
