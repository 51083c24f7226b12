// Workers, the fork server and the owner of a pool are killed: what is lost, what is told, what is left.
#include <numeric>
#include <random>
#include <set>
#include <thread>

#include "mpr/pool.hpp"
#include "mpr/process.hpp"
#include "os/shared_mapping.hpp"
#include "support/process_support.hpp"
#include "support/process_table.hpp"
#include "support/rounds.hpp"

using namespace mpr::test;
using namespace std::chrono_literals;
using mpr::Pool;

namespace {

std::vector<int> numbers(int count) {
  std::vector<int> all(static_cast<size_t>(count));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

/// The fork server of this process's only pool: its only child.
pid_t server_pid() {
  const auto children = children_of(::getpid());
  REQUIRE(children.size() == 1);
  return children.front();
}

bool all_gone(const std::vector<int>& pids) {
  return std::none_of(pids.begin(), pids.end(), [](pid_t pid) { return is_alive(pid); });
}

/// A worker of the pool is killed every now and then, by a process of its own: it finds them as the server's children.
class Killer {
 public:
  Killer(pid_t server, unsigned seed)
      : process_([server, seed, this] {
          std::mt19937 random(seed);
          while (*kills_ < kKills) {
            std::this_thread::sleep_for(std::chrono::microseconds(random() % 3000));
            const auto workers = children_of(server);
            if (workers.empty()) continue;
            if (::kill(workers[random() % workers.size()], SIGKILL) == 0) ++*kills_;
          }
        }) {
    process_.start();
  }
  ~Killer() { process_.join(); }
  Killer(const Killer&) = delete;
  Killer& operator=(const Killer&) = delete;
  [[nodiscard]] bool done() const { return *kills_ >= kKills; }

 private:
  static constexpr int kKills = 50;
  mpr::os::SharedObject<std::atomic<int>> kills_;
  mpr::Process process_;
};

}  // namespace

TEST_CASE("a killed worker fails its own task, at once and alone, and is replaced") {
  const NothingLeft nothing_left;
  Pool pool(2);
  std::vector<mpr::AsyncResult<int>> results;
  for (int i = 0; i < 20; ++i) {
    results.push_back(pool.apply_async(
        [](int n) {
          if (n == 7) ::raise(SIGKILL);
          return n;
        },
        i));
  }
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) {
    auto& result = results[static_cast<size_t>(i)];
    if (i != 7) {
      CHECK(result.get() == i);
      continue;
    }
    try {
      result.get();
      FAIL("nothing was thrown");
    } catch (const mpr::WorkerLost& lost) {
      CHECK_THAT(lost.what(), Catch::Contains("was killed by signal 9 (SIGKILL)"));
    }
  }
  CHECK(std::chrono::steady_clock::now() - begin < kSoon);
  CHECK(pool.map([](int n) { return n; }, numbers(4), {.chunk = 1}) == numbers(4));
  CHECK(pool.pids().size() == 2);
}

TEST_CASE("a task that exits fails like one that was killed, whatever its status") {
  const NothingLeft nothing_left;
  Pool pool(2);
  const int status = GENERATE(0, 3);
  try {
    pool.apply([status] { ::_exit(status); });
    FAIL("nothing was thrown");
  } catch (const mpr::WorkerLost& lost) {
    CHECK_THAT(lost.what(), Catch::Contains("ended with exit status " + std::to_string(status)));
  }
}

TEST_CASE("the message of a lost worker names the input that it was at") {
  const NothingLeft nothing_left;
  Pool pool(2);
  const auto deadly = [](int n) {
    if (n == 57) ::raise(SIGKILL);
    return n;
  };
  CHECK_THROWS_WITH(pool.map(deadly, numbers(100), {.chunk = 10}),
                    Catch::StartsWith("the worker of task 57 (process "));
}

TEST_CASE("an idle worker that is killed costs nothing") {
  const NothingLeft nothing_left;
  Pool pool(2);
  for (int round = 0; round < 5; ++round) {
    for (const int pid : pool.pids()) ::kill(pid, SIGKILL);
    CHECK(pool.map([](int n) { return n; }, numbers(50), {.chunk = 1}) == numbers(50));
  }
}

TEST_CASE("what a lost worker had been given and not started is run by others, once") {
  const NothingLeft nothing_left;
  const mpr::os::SharedObject<std::array<std::atomic<int>, 60>> calls;
  Pool pool(2);
  auto results = pool.imap(
      [&](int n) {
        ++(*calls)[static_cast<size_t>(n)];
        if (n % 20 == 10) ::raise(SIGKILL);
        return n;
      },
      numbers(60));
  int lost = 0;
  for (int i = 0; i < 60; ++i) {
    try {
      const auto value = results.next();
      CHECK(value == i);
    } catch (const mpr::WorkerLost&) {
      CHECK(i % 20 == 10);
      ++lost;
    }
  }
  CHECK(lost == 3);
  for (const auto& count : *calls) CHECK(count == 1);
}

TEST_CASE("fifty random kills during imap: each result once and in its place, or told to be lost", "[soak]") {
  Rounds rounds{2};
  while (const auto seed = rounds.next()) {
    CAPTURE(*seed);
    const NothingLeft nothing_left;
    const size_t chunk = *seed % 2 == 0 ? 5 : 1;
    const mpr::os::SharedObject<std::array<std::atomic<int>, 100'000>> calls;
    Pool pool(3);
    const pid_t server = server_pid();
    const Killer killer(server, *seed);
    int next = 0;
    int lost = 0;
    while (!killer.done() && next < 100'000) {
      auto results = pool.imap(
          [&](int n) {
            ++(*calls)[static_cast<size_t>(n)];
            for (int i = 0; i < 20'000; ++i) asm volatile("");
            return n * 2;
          },
          std::views::iota(next, std::min(next + 500, 100'000)), {.chunk = chunk});
      const int end = std::min(next + 500, 100'000);
      while (next < end) {
        try {
          const auto value = results.next();
          REQUIRE(value);
          REQUIRE(*value == next * 2);
          ++next;
        } catch (const mpr::WorkerLost&) {
          ++lost;
          next += static_cast<int>(chunk);
        }
      }
      REQUIRE_FALSE(results.next());
    }
    CHECK(lost <= 50);
    for (int i = 0; i < next; ++i) REQUIRE((*calls)[static_cast<size_t>(i)] <= 1);
  }
}

TEST_CASE("fifty random kills during map: a right answer, or WorkerLost, and never a hang", "[soak]") {
  Rounds rounds{1};
  while (const auto seed = rounds.next()) {
    CAPTURE(*seed);
    const NothingLeft nothing_left;
    Pool pool(3);
    const pid_t server = server_pid();
    const Killer killer(server, *seed);
    int right = 0;
    int lost = 0;
    while (!killer.done()) {
      try {
        const auto values = pool.map([](int n) { return n + 1; }, std::views::iota(0, 20'000));
        REQUIRE(values.back() == 20'000);
        ++right;
      } catch (const mpr::WorkerLost&) {
        ++lost;
      }
    }
    CHECK(right + lost > 0);
    CHECK(pool.map([](int n) { return n; }, numbers(10)) == numbers(10));
  }
}

TEST_CASE("fifty random kills during asynchronous calls: each ends, once", "[soak]") {
  Rounds rounds{1};
  while (const auto seed = rounds.next()) {
    CAPTURE(*seed);
    const NothingLeft nothing_left;
    Pool pool(3);
    const pid_t server = server_pid();
    const Killer killer(server, *seed);
    std::atomic<int> ended = 0;
    int submitted = 0;
    while (!killer.done()) {
      std::vector<mpr::AsyncResult<int>> results;
      for (int i = 0; i < 50; ++i, ++submitted) {
        results.push_back(pool.apply_async([](int n) { return n; }, i));
        results.back().then([&](int) { ++ended; }, [&](const std::exception_ptr&) { ++ended; });
      }
      for (int i = 0; i < 50; ++i) {
        try {
          const int value = results[static_cast<size_t>(i)].get();
          REQUIRE(value == i);
        } catch (const mpr::WorkerLost&) {
        }
      }
    }
    pool.close();
    pool.join();
    CHECK(ended == submitted);
  }
}

TEST_CASE("a killed fork server is replaced when it is needed") {
  const NothingLeft nothing_left;
  Pool pool(2);
  const auto first = pool.pids();
  ::kill(server_pid(), SIGKILL);
  CHECK(pool.map([](int n) { return n; }, numbers(10)) == numbers(10));
  CHECK_THROWS_AS(pool.apply([] { ::raise(SIGKILL); }), mpr::WorkerLost);
  CHECK(pool.map([](int n) { return n; }, numbers(10)) == numbers(10));
  CHECK(pool.pids() != first);
  pool.terminate();
  CHECK(wait_until([&] { return all_gone(first); }));
}

TEST_CASE("where no fork server can be had, beside foreign threads, a pool goes on with the workers it has") {
  const NothingLeft nothing_left;
  Pool pool(2);
  ::kill(server_pid(), SIGKILL);
  std::atomic<bool> stop = false;
  std::thread foreign([&] {
    while (!stop) std::this_thread::yield();
  });
  CHECK_THROWS_AS(pool.apply([] { ::raise(SIGKILL); }), mpr::WorkerLost);
  CHECK(pool.map([](int n) { return n; }, numbers(50), {.chunk = 1}) == numbers(50));
  CHECK_THROWS_AS(pool.apply([] { ::raise(SIGKILL); }), mpr::WorkerLost);
  CHECK_THROWS_AS(pool.apply([] {}), mpr::PoolClosed);
  stop = true;
  foreign.join();
}

TEST_CASE("when its owner is killed, a pool's server and workers are gone at once, whatever they do") {
  const NothingLeft nothing_left;
  const mpr::os::SharedObject<std::array<std::atomic<int>, 3>> pids;
  mpr::Process owner([&] {
    Pool pool(2);
    (*pids)[0] = pool.pids()[0];
    (*pids)[1] = pool.pids()[1];
    (*pids)[2] = children_of(::getpid()).front();
    pool.map([](int) { std::this_thread::sleep_for(100s); }, numbers(2));
  });
  owner.start();
  REQUIRE(wait_until([&] { return (*pids)[2] != 0; }));
  owner.kill();
  owner.join();
  CHECK(wait_until([&] { return all_gone({(*pids)[0], (*pids)[1], (*pids)[2]}); }));
}

TEST_CASE("a process that exits with a living pool leaves nothing") {
  const NothingLeft nothing_left;
  const mpr::os::SharedObject<std::array<std::atomic<int>, 2>> pids;
  mpr::Process owner([&] {
    auto* pool = new Pool(2);
    (*pids)[0] = pool->pids()[0];
    (*pids)[1] = pool->pids()[1];
    (void)pool->map_async([](int) { std::this_thread::sleep_for(100s); }, numbers(2));
  });
  owner.start();
  owner.join();
  CHECK(owner.exit_code() == 0);
  CHECK(wait_until([&] { return all_gone({(*pids)[0], (*pids)[1]}); }));
}
