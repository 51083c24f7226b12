#include "mpr/queue.hpp"

#include <sys/resource.h>

#include <array>
#include <map>
#include <sstream>
#include <thread>

#include "killing.hpp"
#include "mpr/process.hpp"
#include "support/process_support.hpp"
#include "support/temp_dir.hpp"

using namespace mpr::test;
using namespace std::chrono_literals;
using mpr::Process;
using mpr::Queue;

TEST_CASE("items come out in the order in which they were put, and then there is none") {
  Queue<int> queue;
  CHECK(queue.empty());
  for (int i = 0; i < 1000; ++i) queue.put(i);
  CHECK(queue.size() == 1000);
  CHECK_FALSE(queue.empty());
  for (int i = 0; i < 1000; ++i) CHECK(queue.get() == i);
  CHECK_FALSE(queue.try_get());
  CHECK(queue.empty());
}

TEST_CASE("a queue with a maxsize is full with so many items, and takes another when one is gone") {
  Queue<int> queue(3);
  CHECK(queue.maxsize() == 3);
  for (int i = 0; i < 3; ++i) CHECK(queue.try_put(i));
  CHECK(queue.full());
  CHECK_FALSE(queue.try_put(3));
  CHECK(queue.get() == 0);
  CHECK_FALSE(queue.full());
  CHECK(queue.try_put(4));
  CHECK(queue.size() == 3);
}

TEST_CASE("deadlines are kept, and those that are past do not wait") {
  Queue<int> queue(1);
  const auto begin = std::chrono::steady_clock::now();
  CHECK_FALSE(queue.get_for(30ms));
  CHECK(std::chrono::steady_clock::now() - begin >= 30ms);
  CHECK_FALSE(queue.get_until(begin));
  queue.put(1);
  const auto full = std::chrono::steady_clock::now();
  CHECK_FALSE(queue.put_for(2, 30ms));
  CHECK(std::chrono::steady_clock::now() - full >= 30ms);
  CHECK_FALSE(queue.put_until(2, begin));
  CHECK(queue.get_for(1h) == 1);
  CHECK(queue.put_for(2, 1h));
}

TEST_CASE("items of any type that travels, of any size") {
  Queue<std::string> texts;
  for (const size_t size : {0U, 1U, 7U, 8U, 4096U, 4097U, 65'537U, 16'000'000U}) {
    texts.put(std::string(size, 'x'));
    CHECK(texts.get() == std::string(size, 'x'));
  }
  Queue<std::map<std::string, std::vector<int>>> maps;
  maps.put({{"a", {1, 2}}, {"", {}}});
  CHECK(maps.get() == std::map<std::string, std::vector<int>>{{"a", {1, 2}}, {"", {}}});
  struct Plain {
    char letter;
    double number;
  };
  Queue<Plain> plain;
  plain.put({'p', 0.5});
  CHECK(plain.get().number == 0.5);
}

TEST_CASE("a child puts what its parent gets, and the other way round") {
  const NothingLeft nothing_left;
  Queue<std::string> down;
  Queue<std::string> up;
  Process child = started([&] {
    for (int i = 0; i < 100; ++i) up.put(down.get() + "!");
    return 0;
  });
  for (int i = 0; i < 100; ++i) down.put(std::to_string(i));
  for (int i = 0; i < 100; ++i) CHECK(up.get() == std::to_string(i) + "!");
  child.join();
  CHECK(child.exit_code() == 0);
}

TEST_CASE("a producer may end, and be joined, before anybody gets what it put") {
  const NothingLeft nothing_left;
  Queue<std::string> queue;
  // More than any pipe holds: in Python, this would wait for ever.
  const std::string item(1'000'000, 'x');
  CHECK(exit_code_of(started([&] {
          for (int i = 0; i < 50; ++i) queue.put(item);
          return 0;
        })) == 0);
  CHECK(queue.size() == 50);
  for (int i = 0; i < 50; ++i) CHECK((queue.get() == item));
}

TEST_CASE("what is in the queue at a fork is there once") {
  const NothingLeft nothing_left;
  Queue<int> queue;
  for (int i = 0; i < 10; ++i) queue.put(i);
  CHECK(exit_code_of(started([&] {
          for (int i = 10; i < 20; ++i) queue.put(i);
          return queue.get();
        })) == 0);
  for (int i = 1; i < 20; ++i) CHECK(queue.get() == i);
  CHECK(queue.empty());
}

TEST_CASE("several producers and consumers: each item once, those of one producer in order") {
  const NothingLeft nothing_left;
  struct Item {
    int producer;
    int number;
  };
  constexpr int kItems = 20'000;
  Queue<Item> queue(GENERATE(0U, 5U));
  Queue<std::pair<long, bool>> answers;
  std::vector<Process> processes;
  for (int producer = 0; producer < 3; ++producer) {
    processes.push_back(started([&queue, producer] {
      for (int i = 0; i < kItems; ++i) queue.put({producer, i});
      return 0;
    }));
  }
  for (int consumer = 0; consumer < 3; ++consumer) {
    processes.push_back(started([&] {
      long sum = 0;
      bool in_order = true;
      std::array<int, 3> last{-1, -1, -1};
      for (int i = 0; i < kItems; ++i) {
        const Item item = queue.get();
        int& before = last[static_cast<size_t>(item.producer)];
        in_order = in_order && item.number > before;
        before = item.number;
        sum += item.number;
      }
      answers.put({sum, in_order});
      return 0;
    }));
  }
  long sum = 0;
  for (int i = 0; i < 3; ++i) {
    const auto [part, in_order] = answers.get();
    sum += part;
    CHECK(in_order);
  }
  CHECK(sum == 3L * kItems * (kItems - 1) / 2);
  CHECK(queue.empty());
  for (Process& process : processes) {
    process.join();
    CHECK(process.exit_code() == 0);
  }
}

TEST_CASE("a queue gives the memory of what has been consumed back") {
  Queue<std::string> queue;
  const std::string item(500'000, 'x');
  const auto resident = [] {
    std::istringstream statm(read_file("/proc/self/statm"));
    size_t total = 0;
    size_t pages = 0;
    statm >> total >> pages;
    return pages * 4096;
  };
  for (int i = 0; i < 10; ++i) queue.put(item);
  const size_t before = resident();
  for (int i = 0; i < 400; ++i) {
    queue.put(item);
    (void)queue.get();
  }
  // A sanitizer keeps what has been freed for a while.
  CHECK(resident() < before + 20'000'000 + (kSlowness - 1) * 150'000'000UL);
  CHECK(queue.size() == 10);
}

TEST_CASE("a queue goes round its memory when that is small, and an item larger than it is refused") {
  const NothingLeft nothing_left;
  const std::string told = in_child([] {
    const rlimit limit{600'000'000, 600'000'000};
    ::setrlimit(RLIMIT_AS, &limit);
    Queue<std::string> queue;
    std::string item(999'999, 'x');
    for (int i = 0; i < 300; ++i) {
      item[static_cast<size_t>(i)] = static_cast<char>('a' + i % 26);
      if (!queue.try_put(item)) return std::string("full");
      if (!queue.try_put(item)) return std::string("full");
      if (queue.get() != item || queue.get() != item) return std::string("torn");
    }
    int count = 0;
    while (queue.try_put(item)) ++count;
    if (count < 10) return "only " + std::to_string(count);
    for (; count > 0; --count) {
      if (queue.get() != item) return std::string("torn at the end");
    }
    return std::string("good");
  });
#ifdef __SANITIZE_ADDRESS__
  (void)told;  // its shadow memory does not fit under such a limit
#else
  CHECK(told == "good");
#endif
}

TEST_CASE("a closed queue refuses everything, in this process alone") {
  const NothingLeft nothing_left;
  Queue<int> queue;
  CHECK(exit_code_of(started([&] {
          queue.close();
          try {
            queue.put(1);
          } catch (const std::logic_error& error) {
            return error.what() == std::string("the queue is closed") ? 7 : 1;
          }
          return 0;
        })) == 7);
  queue.put(5);
  CHECK(queue.get() == 5);
  queue.close();
  queue.close();
  CHECK(queue.closed());
  CHECK_THROWS_WITH(queue.put(1), "the queue is closed");
  CHECK_THROWS_WITH(queue.get(), "the queue is closed");
  CHECK_THROWS_WITH(queue.try_get(), "the queue is closed");
  CHECK_THROWS_WITH(queue.empty(), "the queue is closed");
}

namespace {

struct Fragile {
  std::string text;
};

}  // namespace

template <>
struct mpr::Codec<Fragile> {
  static void encode(const Fragile& value, ByteBuffer& to) {
    codec::append(to, value.text.data(), value.text.size());
    if (value.text == "down") throw std::domain_error("cannot be encoded");
  }
  static Fragile decode(Bytes from) {
    Fragile value{Codec<std::string>::decode(from)};
    if (value.text == "up") throw CodecError("cannot be decoded");
    return value;
  }
};

TEST_CASE("an item that cannot be encoded is put's error and not in the queue; one that cannot be decoded is get's") {
  Queue<Fragile> queue(2);
  CHECK_THROWS_AS(queue.put({"down"}), std::domain_error);
  CHECK(queue.empty());
  queue.put({"up"});
  queue.put({"good"});
  CHECK_THROWS_AS(queue.get(), mpr::CodecError);
  CHECK(queue.get().text == "good");
  CHECK(queue.empty());
}

TEST_CASE("a simple queue is a queue") {
  const NothingLeft nothing_left;
  mpr::SimpleQueue<std::string> queue;
  CHECK(queue.empty());
  CHECK(exit_code_of(started([&] {
          const bool empty_here = queue.empty();
          queue.put("from the child");
          return empty_here && !queue.empty() ? 0 : 1;
        })) == 0);
  CHECK(queue.get() == "from the child");
  CHECK(queue.empty());
  queue.close();
  queue.close();
  CHECK_THROWS_AS(queue.empty(), std::logic_error);
}
