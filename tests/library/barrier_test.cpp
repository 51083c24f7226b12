#include "mpr/barrier.hpp"

#include <algorithm>
#include <array>
#include <thread>

#include "killing.hpp"
#include "mpr/errors.hpp"

using namespace mpr::test;
using namespace std::chrono_literals;
using mpr::Barrier;
using mpr::BrokenBarrier;
using mpr::Process;
using mpr::os::SharedObject;

namespace {

constexpr int kBroken = 100;

/// What wait() answers, or kBroken.
int passed(Barrier& barrier) {
  try {
    return static_cast<int>(barrier.wait());
  } catch (const BrokenBarrier&) {
    return kBroken;
  }
}

Process party(Barrier& barrier) {
  return started([&] { return passed(barrier); });
}

/// What so many parties got, in order.
std::vector<int> results(std::vector<Process>& all) {
  std::vector<int> codes;
  for (Process& process : all) codes.push_back(exit_code_of(process));
  std::sort(codes.begin(), codes.end());
  return codes;
}

std::vector<Process> parties(Barrier& barrier, unsigned count) {
  std::vector<Process> all;
  for (unsigned i = 0; i < count; ++i) all.push_back(party(barrier));
  return all;
}

/// Of as many as there are parties.
std::vector<int> results_of_all(Barrier& barrier) {
  std::vector<Process> all = parties(barrier, barrier.parties());
  return results(all);
}

bool all_wait(const Barrier& barrier, unsigned count) {
  return wait_until([&] { return barrier.n_waiting() == count; });
}

}  // namespace

TEST_CASE("nobody passes a barrier before all have come, and each has its place") {
  const NothingLeft nothing_left;
  Barrier barrier(4);
  CHECK(barrier.parties() == 4);
  CHECK(barrier.n_waiting() == 0);
  std::vector<Process> all = parties(barrier, 3);
  REQUIRE(all_wait(barrier, 3));
  CHECK(std::all_of(all.begin(), all.end(), [](Process& process) { return process.is_alive(); }));
  all.push_back(party(barrier));
  CHECK(results(all) == std::vector{0, 1, 2, 3});
  CHECK(barrier.n_waiting() == 0);
  CHECK_FALSE(barrier.broken());
}

TEST_CASE("a barrier keeps processes in step, a thousand times") {
  const NothingLeft nothing_left;
  constexpr int kTimes = 1000;
  Barrier barrier(3);
  const SharedObject<std::array<std::atomic<int>, 3>> steps;
  std::vector<Process> all;
  for (size_t i = 0; i < 3; ++i) {
    all.push_back(started([&, i] {
      for (int step = 1; step <= kTimes; ++step) {
        (*steps)[i] = step;
        barrier.wait();
        for (const auto& other : *steps) {
          if (other != step && other != step + 1) return 1;
        }
      }
      return 0;
    }));
  }
  CHECK(results(all) == std::vector{0, 0, 0});
  CHECK(barrier.n_waiting() == 0);
}

TEST_CASE("a barrier of one is passed at once, and one of none cannot be") {
  int runs = 0;
  Barrier barrier(1, [&] { ++runs; });
  CHECK(barrier.wait() == 0);
  CHECK(barrier.wait_for(0s) == 0);
  CHECK(runs == 2);
  CHECK_THROWS_AS(Barrier(0), std::invalid_argument);
  CHECK_THROWS_AS(Barrier(1025), std::invalid_argument);
}

TEST_CASE("the action is run once each time, before anybody passes, and may look at the barrier") {
  const NothingLeft nothing_left;
  const SharedObject<std::atomic<int>> runs(0);
  Barrier* self = nullptr;
  Barrier barrier(3, [&] {
    if (self->n_waiting() == 3) ++*runs;
  });
  self = &barrier;
  std::vector<Process> all;
  for (int i = 0; i < 3; ++i) {
    all.push_back(started([&] {
      for (int step = 1; step <= 20; ++step) {
        barrier.wait();
        if (*runs < step || *runs > step + 1) return 1;
      }
      return 0;
    }));
  }
  CHECK(results(all) == std::vector{0, 0, 0});
  CHECK(*runs == 20);
}

TEST_CASE("an action that throws breaks the barrier, and the exception is its party's") {
  const NothingLeft nothing_left;
  Barrier barrier(2, [] { throw std::out_of_range("action"); });
  std::vector<Process> all = parties(barrier, 1);
  REQUIRE(all_wait(barrier, 1));
  CHECK_THROWS_AS(barrier.wait(), std::out_of_range);
  CHECK(results(all) == std::vector{kBroken});
  CHECK(barrier.broken());
}

TEST_CASE("abort breaks the barrier for those who wait and those who come") {
  const NothingLeft nothing_left;
  Barrier barrier(3);
  std::vector<Process> all = parties(barrier, 2);
  REQUIRE(all_wait(barrier, 2));
  barrier.abort();
  CHECK(results(all) == std::vector{kBroken, kBroken});
  CHECK(barrier.broken());
  CHECK(barrier.n_waiting() == 0);
  CHECK(passed(barrier) == kBroken);
  barrier.reset();
  CHECK_FALSE(barrier.broken());
  CHECK(results_of_all(barrier) == std::vector{0, 1, 2});
}

TEST_CASE("reset sends away those who wait, and the barrier is like new") {
  const NothingLeft nothing_left;
  Barrier barrier(3);
  std::vector<Process> all = parties(barrier, 2);
  REQUIRE(all_wait(barrier, 2));
  barrier.reset();
  CHECK_FALSE(barrier.broken());
  CHECK(barrier.n_waiting() == 0);
  CHECK(results_of_all(barrier) == std::vector{0, 1, 2});
  CHECK(results(all) == std::vector{kBroken, kBroken});
}

TEST_CASE("a party that is late breaks the barrier for all, by its own limit or the barrier's") {
  const NothingLeft nothing_left;
  const bool own = GENERATE(true, false);
  Barrier barrier(3, {}, own ? std::nullopt : std::optional<std::chrono::nanoseconds>(20ms));
  std::vector<Process> all = own ? parties(barrier, 1) : std::vector<Process>{};
  if (own) REQUIRE(all_wait(barrier, 1));
  const auto start = Clock::now();
  CHECK_THROWS_AS(own ? barrier.wait_for(20ms) : barrier.wait(), BrokenBarrier);
  CHECK(Clock::now() - start >= 20ms);
  CHECK(barrier.broken());
  for (const int code : results(all)) CHECK(code == kBroken);
}

TEST_CASE("a limit holds while an action runs, too") {
  const NothingLeft nothing_left;
  const SharedObject<std::atomic<bool>> acting(false);
  Barrier* self = nullptr;
  Barrier barrier(2, [&] {
    *acting = true;
    (void)wait_until([&] { return self->broken(); });
  });
  self = &barrier;
  Process late = started([&] {
    try {
      barrier.wait_for(50ms * kSlowness);
    } catch (const BrokenBarrier&) {
      return kBroken;
    }
    return 0;
  });
  // If this is the later, its action goes on for as long as the other waits.
  if (all_wait(barrier, 1)) CHECK(passed(barrier) == kBroken);
  CHECK(*acting);
  CHECK(exit_code_of(late) == kBroken);
}

TEST_CASE("who comes while an action runs waits for the next time") {
  const NothingLeft nothing_left;
  const SharedObject<std::atomic<int>> acting(0);
  const SharedObject<std::atomic<bool>> go(false);
  Barrier barrier(2, [&] {
    ++*acting;
    (void)wait_until([&] { return go->load(); });
  });
  std::vector<Process> first = parties(barrier, 2);
  REQUIRE(wait_until([&] { return *acting == 1; }));
  std::vector<Process> second = parties(barrier, 2);
  *go = true;
  CHECK(results(first) == std::vector{0, 1});
  CHECK(results(second) == std::vector{0, 1});
  CHECK(*acting == 2);
}

TEST_CASE("a party that is killed while it waits breaks the barrier for all") {
  const NothingLeft nothing_left;
  Barrier barrier(4);
  std::vector<Process> all = parties(barrier, 3);
  REQUIRE(all_wait(barrier, 3));
  kill_and_join(all[1]);
  all.erase(all.begin() + 1);
  CHECK(results(all) == std::vector{kBroken, kBroken});
  CHECK(barrier.broken());
  CHECK(passed(barrier) == kBroken);
}

TEST_CASE("the last party does not pass with one that was killed") {
  const NothingLeft nothing_left;
  Barrier barrier(2);
  Process victim = party(barrier);
  REQUIRE(all_wait(barrier, 1));
  kill_and_join(victim);
  CHECK(passed(barrier) == kBroken);
}

TEST_CASE("a party that is killed in the action breaks the barrier for all") {
  const NothingLeft nothing_left;
  const SharedObject<std::atomic<int>> actor(0);
  Barrier barrier(2, [&] {
    *actor = ::getpid();
    wait_to_be_killed();
  });
  std::vector<Process> all = parties(barrier, 2);
  REQUIRE(wait_until([&] { return *actor != 0; }));
  Process extra = party(barrier);
  const size_t victim = all[0].pid() == actor->load() ? 0 : 1;
  kill_and_join(all[victim]);
  CHECK(exit_code_of(all[1 - victim]) == kBroken);
  CHECK(exit_code_of(extra) == kBroken);
  barrier.reset();
  CHECK_FALSE(barrier.broken());
}

TEST_CASE("parties that are killed at any moment leave a barrier that is passed or broken, never stuck") {
  const NothingLeft nothing_left;
  const bool with_action = GENERATE(false, true);
  const SharedObject<std::atomic<int>> acted(0);
  Barrier barrier(3, with_action ? std::function<void()>([&] { ++*acted; }) : nullptr);
  const SharedObject<std::atomic<int>> passes(0);
  const SharedObject<std::atomic<bool>> over(false);
  Killing killing{.workers = 3, .kills = 40};
  killing.at_end = [&] {
    *over = true;
    barrier.abort();
  };
  const auto start = Clock::now();
  const bool sound = killing.run([&](unsigned) {
    try {
      barrier.wait_for(kSoon);
      ++*passes;
    } catch (const BrokenBarrier&) {
      if (!*over) barrier.reset();
    }
    return true;
  });
  CHECK(Clock::now() - start < kSoon);
  CHECK(sound);
  CHECK(*passes > 30);
  CHECK((*acted > 0) == with_action);
  barrier.reset();
  CHECK(results_of_all(barrier) == std::vector{0, 1, 2});
}
