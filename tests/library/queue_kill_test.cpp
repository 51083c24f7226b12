// Producers and consumers are killed at random moments: nothing of the survivors' is lost, doubled or torn, and nobody
// waits for the dead.
#include <random>
#include <set>
#include <thread>

#include "killing.hpp"
#include "mpr/process.hpp"
#include "mpr/queue.hpp"
#include "mpr/wait.hpp"
#include "os/shared_mapping.hpp"
#include "support/process_support.hpp"
#include "support/rounds.hpp"
#include "support/temp_dir.hpp"

using namespace mpr::test;
using namespace std::chrono_literals;
using mpr::Process;
using mpr::Queue;

namespace {

/// A text that says of itself how it must be.
std::string item_of(unsigned producer, unsigned number) {
  std::string text = std::to_string(producer) + ":" + std::to_string(number) + ":";
  text.resize(text.size() + number * 37 % 9000, static_cast<char>('a' + number % 26));
  return text;
}

struct Parts {
  unsigned producer = 0;
  unsigned number = 0;
};
Parts parts_of(const std::string& item) {
  const size_t colon = item.find(':');
  return {static_cast<unsigned>(std::stoul(item)), static_cast<unsigned>(std::stoul(item.substr(colon + 1)))};
}

}  // namespace

TEST_CASE("a hundred producers are killed while they put: every item that comes is whole, and in its order", "[soak]") {
  Rounds rounds{2};
  while (const auto seed = rounds.next()) {
    CAPTURE(*seed);
    const NothingLeft nothing_left;
    std::mt19937 random(*seed);
    Queue<std::string> queue(*seed % 2 == 0 ? 0U : 3U);
    for (unsigned producer = 0; producer < 50; ++producer) {
      Process doomed = started([&queue, producer] {
        for (unsigned number = 0;; ++number) queue.put(item_of(producer, number));
        return 0;
      });
      const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds(random() % 4000);
      unsigned expected = 0;
      const auto check = [&](const std::string& item) {
        const Parts parts = parts_of(item);
        REQUIRE(parts.producer == producer);
        REQUIRE(parts.number == expected);
        REQUIRE((item == item_of(producer, expected)));
        ++expected;
      };
      while (std::chrono::steady_clock::now() < end) {
        if (const auto item = queue.get_for(1ms)) check(*item);
      }
      doomed.kill();
      doomed.join();
      while (const auto item = queue.try_get()) check(*item);
      REQUIRE(queue.empty());
    }
    queue.put("alive");
    CHECK(queue.get() == "alive");
  }
}

TEST_CASE("fifty consumers are killed while they get: what they did not get comes to others, once and whole",
          "[soak]") {
  Rounds rounds{1};
  while (const auto seed = rounds.next()) {
    CAPTURE(*seed);
    const NothingLeft nothing_left;
    std::mt19937 random(*seed);
    Queue<std::string> queue(20);
    // What a consumer has got for certain, it has noted here.
    const mpr::os::SharedObject<std::array<std::atomic<unsigned char>, 200'000>> got;
    const mpr::os::SharedObject<std::atomic<unsigned>> last_put;
    Process producer = started([&] {
      for (unsigned number = 0; number < got->size(); ++number) {
        queue.put(item_of(0, number));
        last_put->store(number + 1);
      }
      return 0;
    });
    const auto consume = [&] {
      for (;;) {
        const std::string item = queue.get();
        const unsigned number = parts_of(item).number;
        if (item != item_of(0, number)) return 1;
        ++(*got)[number];
      }
    };
    unsigned kills = 0;
    for (; kills < 50; ++kills) {
      Process doomed = started(consume);
      Process other = started(consume);
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 4000));
      REQUIRE(doomed.is_alive());
      REQUIRE(other.is_alive());
      doomed.kill();
      doomed.join();
      other.kill();
    }
    producer.kill();
    producer.join();
    while (const auto item = queue.try_get()) ++(*got)[parts_of(*item).number];
    const unsigned put = *last_put;
    unsigned missing = 0;
    for (unsigned number = 0; number < put; ++number) {
      REQUIRE((*got)[number] <= 1);
      missing += (*got)[number] == 0 ? 1 : 0;
    }
    // Those between get() and the note died with who had got them.
    CHECK(missing <= 2 * kills);
  }
}

TEST_CASE("a killed consumer's item is told by join, once, and then join is done") {
  const NothingLeft nothing_left;
  mpr::JoinableQueue<int> queue;
  for (int i = 0; i < 3; ++i) queue.put(i);
  Process taker = started([&] {
    (void)queue.get();
    (void)queue.get();
    queue.task_done();
    ::raise(SIGKILL);
    return 0;
  });
  taker.join();
  CHECK(queue.get() == 2);
  queue.task_done();
  try {
    queue.join();
    FAIL("nothing was told");
  } catch (const mpr::WorkerDied& died) {
    CHECK(died.items == 1);
  }
  CHECK(queue.join_for(kSoon));
  CHECK_THROWS_AS(queue.task_done(), std::logic_error);
}

TEST_CASE("thirty random kills among those who deal with items: join ends each time, and the count is right",
          "[soak]") {
  Rounds rounds{1};
  while (const auto seed = rounds.next()) {
    CAPTURE(*seed);
    const NothingLeft nothing_left;
    std::mt19937 random(*seed);
    mpr::JoinableQueue<int> queue;
    for (int round = 0; round < 30; ++round) {
      for (int i = 0; i < 400; ++i) queue.put(i);
      const auto work = [&] {
        for (;;) {
          (void)queue.get();
          queue.task_done();
        }
        return 0;
      };
      Process doomed = started(work);
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 1500));
      doomed.kill();
      Process other = started(work);
      unsigned lost = 0;
      bool joined = false;
      while (!joined) {
        try {
          joined = queue.join_for(kSoon);
          if (!joined) break;
        } catch (const mpr::WorkerDied& died) {
          lost += died.items;
        }
      }
      other.kill();
      REQUIRE(joined);
      CHECK(lost <= 1);
    }
  }
}

TEST_CASE("four workers deal with ten items, and join returns when all are dealt with") {
  const NothingLeft nothing_left;
  mpr::JoinableQueue<int> queue;
  const mpr::os::SharedObject<std::atomic<int>> sum;
  std::vector<Process> workers;
  for (int i = 0; i < 4; ++i) {
    workers.push_back(started([&] {
      for (int item = queue.get(); item >= 0; item = queue.get()) {
        *sum += item;
        queue.task_done();
      }
      queue.task_done();
      return 0;
    }));
  }
  for (int i = 1; i <= 10; ++i) queue.put(i);
  queue.join();
  CHECK(*sum == 55);
  CHECK_THROWS_AS(queue.task_done(), std::logic_error);
  for (int i = 0; i < 4; ++i) queue.put(-1);
  queue.join();
  CHECK(queue.empty());
  queue.put(1);
  CHECK_FALSE(queue.join_for(10ms));
}

TEST_CASE("wait tells which of queues, connections and processes is ready") {
  const NothingLeft nothing_left;
  Queue<int> first;
  Queue<int> second;
  mpr::OneWayPipe pipe = mpr::make_one_way_pipe();
  mpr::OneWayPipe gate = mpr::make_one_way_pipe();
  Process process([](mpr::Connection until_closed) { (void)until_closed.recv_bytes(); }, std::move(gate.reader));
  process.start();
  const auto ready = [&] { return mpr::wait_for({first, second, pipe.reader, process}, 0ns); };
  CHECK(ready().empty());
  second.put(1);
  CHECK(ready() == std::vector<size_t>{1});
  pipe.writer.send(5);
  CHECK(ready() == std::vector<size_t>{1, 2});
  CHECK(second.get() == 1);
  CHECK(ready() == std::vector<size_t>{2});
  CHECK(pipe.reader.recv<int>() == 5);
  gate.writer.close();
  CHECK(mpr::wait({first, process}) == std::vector<size_t>{1});
  process.join();
}

TEST_CASE("wait is woken by an item that another process puts, each time") {
  const NothingLeft nothing_left;
  Queue<int> queue;
  Queue<int> other;
  Process child = started([&] {
    for (int i = 0; i < 300; ++i) (i % 3 == 0 ? other : queue).put(i);
    return 0;
  });
  int got = 0;
  while (got < 300) {
    const auto ready = mpr::wait_for({queue, other}, kSoon);
    REQUIRE_FALSE(ready.empty());
    for (const size_t place : ready) {
      if ((place == 0 ? queue : other).try_get()) ++got;
    }
  }
  CHECK(mpr::wait_for({queue, other}, 5ms).empty());
  child.join();
}
