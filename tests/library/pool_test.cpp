// What a Pool computes: map, starmap, apply and their asynchronous forms.
#include "mpr/pool.hpp"

#include <array>
#include <list>
#include <map>
#include <numeric>
#include <sstream>
#include <thread>

#include <cereal/types/map.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/vector.hpp>

#include "os/cpu_set.hpp"
#include "os/shared_mapping.hpp"
#include "support/process_support.hpp"

using namespace mpr::test;
using namespace std::chrono_literals;
using mpr::Pool;

namespace {

int square(int number) {
  return number * number;
}

std::vector<int> numbers(int count) {
  std::vector<int> all(static_cast<size_t>(count));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

std::vector<int> squares(int count) {
  std::vector<int> all = numbers(count);
  for (int& number : all) number *= number;
  return all;
}

}  // namespace

TEST_CASE("map gives the results in the order of the input") {
  const NothingLeft nothing_left;
  Pool pool(4);
  CHECK(pool.map(square, std::vector{1, 2, 3, 4}) == std::vector{1, 4, 9, 16});
  CHECK(pool.map([](int n) { return n * n; }, numbers(1000)) == squares(1000));
}

TEST_CASE("map is right for every chunk size, also larger than the input, and for none") {
  const NothingLeft nothing_left;
  Pool pool(3);
  const size_t chunk = GENERATE(0U, 1U, 2U, 20U, 99U, 100U, 101U, 5000U);
  CHECK(pool.map(square, numbers(100), {.chunk = chunk}) == squares(100));
  CHECK(pool.map(square, std::vector<int>{}, {.chunk = chunk}).empty());
}

TEST_CASE("an input may be any range: an array, a list, a view, one that is read only once, one of bools") {
  const NothingLeft nothing_left;
  Pool pool(2);
  const std::array<int, 3> array{1, 2, 3};
  CHECK(pool.map(square, array) == std::vector{1, 4, 9});
  CHECK(pool.map(square, std::list<int>{4, 5}) == std::vector{16, 25});
  CHECK(pool.map(square, std::views::iota(0, 100)) == squares(100));
  std::istringstream words("6 7");
  CHECK(pool.map(square, std::views::istream<int>(words)) == std::vector{36, 49});
  const std::vector<bool> bools{true, false, true};
  CHECK(pool.map([](bool b) { return !b; }, bools) == std::vector<bool>{false, true, false});
}

TEST_CASE("inputs and results of any type that travels, of any size") {
  const NothingLeft nothing_left;
  Pool pool(2);
  CHECK(pool.map([](const std::string& text) { return text + "!"; }, std::vector<std::string>{"a", "", "ccc"}) ==
        std::vector<std::string>{"a!", "!", "ccc!"});
  using Counts = std::map<std::string, int>;
  const auto count = [](const std::vector<std::string>& words) {
    Counts counts;
    for (const std::string& word : words) ++counts[word];
    return counts;
  };
  CHECK(pool.apply(count, std::vector<std::string>{"x", "y", "x"}) == Counts{{"x", 2}, {"y", 1}});
  const size_t large = 20'000'000;
  const auto texts = pool.map([](size_t size) { return std::string(size, 'x'); }, std::vector<size_t>{large, 0, large});
  CHECK(texts[0].size() == large);
  CHECK(texts[1].empty());
  CHECK(pool.apply([](const std::string& text) { return text.size(); }, texts[2]) == large);
}

TEST_CASE("a result need not be default constructible") {
  struct Point {
    explicit Point(int both) : x(both), y(both) {}
    int x;
    int y;
  };
  const NothingLeft nothing_left;
  Pool pool(2);
  const auto points = pool.map([](int n) { return Point(n); }, numbers(10));
  REQUIRE(points.size() == 10);
  CHECK(points[7].y == 7);
}

TEST_CASE("a function that returns nothing is run for each input") {
  const NothingLeft nothing_left;
  const mpr::os::SharedObject<std::atomic<int>> sum;
  Pool pool(2);
  pool.map([&sum](int n) { *sum += n; }, numbers(101));
  CHECK(*sum == 5050);
  pool.apply([&sum] { *sum = 1; });
  CHECK(*sum == 1);
}

TEST_CASE("a function may capture numbers and plain structs") {
  struct Line {
    double slope;
    double offset;
  };
  const NothingLeft nothing_left;
  Pool pool(2);
  const Line line{2, 1};
  CHECK(pool.map([line](int x) { return line.slope * x + line.offset; }, numbers(3)) == std::vector<double>{1, 3, 5});
}

TEST_CASE("starmap spreads tuples and pairs over the parameters") {
  const NothingLeft nothing_left;
  Pool pool(2);
  const auto power = [](int base, int exponent) {
    int result = 1;
    for (; exponent > 0; --exponent) result *= base;
    return result;
  };
  CHECK(pool.starmap(power, std::vector<std::tuple<int, int>>{{2, 3}, {3, 2}, {5, 0}}) == std::vector{8, 9, 1});
  const auto repeat = [](const std::string& text, size_t times) {
    std::string all;
    for (; times > 0; --times) all += text;
    return all;
  };
  CHECK(pool.starmap(repeat, std::vector<std::pair<std::string, size_t>>{{"ab", 2}, {"", 7}}) ==
        std::vector<std::string>{"abab", ""});
  CHECK(pool.starmap_async(power, std::vector<std::pair<int, int>>{{10, 2}}).get() == std::vector{100});
}

TEST_CASE("apply passes its arguments, text as a string") {
  const NothingLeft nothing_left;
  Pool pool(2);
  CHECK(pool.apply(square, 7) == 49);
  CHECK(pool.apply([] { return 42; }) == 42);
  CHECK(pool.apply(
            [](const std::string& text, int n, double d) { return text + std::to_string(n + static_cast<int>(d)); },
            "n=", 2, 3.5) == "n=5");
}

TEST_CASE("asynchronous results come without anybody waiting for them") {
  const NothingLeft nothing_left;
  Pool pool(2);
  auto mapped = pool.map_async(square, numbers(5000), {.chunk = 1});
  auto applied = pool.apply_async(square, 9);
  CHECK(wait_until([&] { return mapped.ready() && applied.ready(); }));
  CHECK(mapped.successful());
  CHECK(applied.get() == 81);
  CHECK(mapped.get() == squares(5000));
}

TEST_CASE("a result that is not there in time is a TimeoutError, and can be asked for again") {
  const NothingLeft nothing_left;
  Pool pool(1);
  auto slow = pool.apply_async([] {
    std::this_thread::sleep_for(100ms);
    return 5;
  });
  CHECK_FALSE(slow.wait_for(1ms));
  CHECK_FALSE(slow.ready());
  CHECK_THROWS_AS(slow.successful(), std::logic_error);
  CHECK_THROWS_AS(slow.get_for(1ms), mpr::TimeoutError);
  CHECK(slow.get() == 5);
}

TEST_CASE("callbacks are called once each, with the value or the failure, and get() still works") {
  const NothingLeft nothing_left;
  Pool pool(2);
  std::atomic<int> values = 0;
  std::atomic<int> failures = 0;
  std::vector<int> seen;
  auto good = pool.map_async(square, std::vector{1, 2, 3});
  good.then(
      [&](const std::vector<int>& value) {
        seen = value;
        ++values;
      },
      [&](const std::exception_ptr&) { ++failures; });
  auto bad = pool.apply_async([] { throw std::runtime_error("no"); });
  bad.then([&] { ++values; },
           [&](const std::exception_ptr& why) {
             try {
               std::rethrow_exception(why);
             } catch (const mpr::RemoteError& error) {
               failures += error.text == "no" ? 1 : 100;
             }
           });
  CHECK(wait_until([&] { return values == 1 && failures == 1; }));
  CHECK(seen == std::vector{1, 4, 9});
  CHECK(good.get() == seen);
  CHECK_THROWS_AS(bad.get(), mpr::RemoteError);
  // Of what has come to its end already, too.
  good.then([&](const std::vector<int>&) { ++values; });
  CHECK(wait_until([&] { return values == 2; }));
}

TEST_CASE("join waits for the callbacks too") {
  const NothingLeft nothing_left;
  Pool pool(2);
  std::atomic<int> calls = 0;
  for (int i = 0; i < 20; ++i) pool.apply_async(square, i).then([&](int) { ++calls; });
  pool.close();
  pool.join();
  CHECK(calls == 20);
}

TEST_CASE("a callback may submit more") {
  const NothingLeft nothing_left;
  Pool pool(2);
  std::atomic<int> last = 0;
  pool.apply_async(square, 3).then(
      [&](int nine) { pool.apply_async(square, nine).then([&](int value) { last = value; }); });
  CHECK(wait_until([&] { return last == 81; }));
}

TEST_CASE("submit gives a std::future") {
  const NothingLeft nothing_left;
  Pool pool(2);
  std::future<int> value = pool.submit(square, 6);
  std::future<void> nothing = pool.submit([] {});
  std::future<int> failure = pool.submit([](int) -> int { throw std::domain_error("bad"); }, 1);
  CHECK(value.get() == 36);
  nothing.get();
  CHECK_THROWS_AS(failure.get(), mpr::RemoteError);
}

TEST_CASE("several threads use one pool at the same time") {
  const NothingLeft nothing_left;
  Pool pool(3);
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 20; ++round) {
        if (pool.map(square, numbers(200), {.chunk = 3}) == squares(200)) ++right;
        if (pool.apply(square, round) == round * round) ++right;
        if (pool.apply_async(square, round).get() == round * round) ++right;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(right == 240);
}

TEST_CASE("threads that wait for the results of one pool keep no CPU busy") {
  const NothingLeft nothing_left;
  Pool pool(2);
  const auto nap = [] { std::this_thread::sleep_for(300ms); };
  (void)pool.apply_async([] {});
  const auto cpu_time = [] {
    timespec used{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
  };
  const auto before = cpu_time();
  std::thread other([&] { pool.apply(nap); });
  pool.apply(nap);
  other.join();
  CHECK(cpu_time() - before < 100ms);
}

TEST_CASE("two hundred workers work, and are gone afterwards") {
  const NothingLeft nothing_left;
  Pool pool(200);
  CHECK(pool.workers() == 200);
  CHECK(pool.pids().size() == 200);
  CHECK(pool.map(square, numbers(2000), {.chunk = 1}) == squares(2000));
}

TEST_CASE("a pool has the workers that were asked for, by default as many as CPUs may be used") {
  const NothingLeft nothing_left;
  CHECK(Pool(3).pids().size() == 3);
  CHECK(Pool().workers() == mpr::cpu_count());
  CHECK_THROWS_AS(Pool(0), std::invalid_argument);
  CHECK_THROWS_AS(Pool(-1), std::invalid_argument);
}

TEST_CASE("the initializer runs first in each worker, with what it captured") {
  const NothingLeft nothing_left;
  static std::string greeting = "none";
  Pool pool(mpr::PoolOptions{.workers = 2, .initializer = [text = std::string("hello")] { greeting = text; }});
  CHECK(pool.map([](int) { return greeting; }, numbers(4), {.chunk = 1}) == std::vector<std::string>(4, "hello"));
  CHECK(greeting == "none");
}

TEST_CASE("a worker is replaced after as many calls as it may make, and nothing is lost by that") {
  const NothingLeft nothing_left;
  Pool pool(mpr::PoolOptions{.workers = 3, .max_tasks_per_worker = 10});
  const auto pids = pool.map([](int) { return static_cast<int>(::getpid()); }, numbers(100), {.chunk = 1});
  std::map<int, int> calls;
  for (const int pid : pids) ++calls[pid];
  CHECK(calls.size() >= 10);
  for (const auto& [pid, count] : calls) CHECK(count <= 10);
}

TEST_CASE("a pool of single-use workers gives all results before join returns") {
  const NothingLeft nothing_left;
  Pool pool(mpr::PoolOptions{.workers = 3, .max_tasks_per_worker = 1});
  std::vector<mpr::AsyncResult<int>> results;
  for (int i = 0; i < 6; ++i) results.push_back(pool.apply_async(square, i));
  pool.close();
  pool.join();
  for (int i = 0; i < 6; ++i) CHECK(results[static_cast<size_t>(i)].get() == i * i);
}

TEST_CASE("a task may have a pool of its own") {
  const NothingLeft nothing_left;
  Pool pool(2);
  const auto nested = [](int n) {
    Pool inner(2);
    const auto values = inner.map(square, numbers(n));
    return std::accumulate(values.begin(), values.end(), 0);
  };
  CHECK(pool.map(nested, std::vector{1, 3, 5}) == std::vector{0, 5, 30});
}

TEST_CASE("workers are pinned where that is asked for") {
  const NothingLeft nothing_left;
  Pool pool(mpr::PoolOptions{.workers = 2, .affinity = mpr::Affinity::thread});
  CHECK(pool.apply([] { return mpr::os::allowed_cpus().size(); }) == 1);
}
