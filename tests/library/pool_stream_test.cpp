// imap and imap_unordered.
#include <numeric>
#include <set>
#include <thread>

#include "mpr/pool.hpp"
#include "os/shared_mapping.hpp"
#include "support/process_support.hpp"

using namespace mpr::test;
using namespace std::chrono_literals;
using mpr::Pool;

namespace {

int square(int number) {
  return number * number;
}

}  // namespace

TEST_CASE("imap gives the results in order, one by one, and then the end") {
  const NothingLeft nothing_left;
  Pool pool(3);
  const size_t chunk = GENERATE(0U, 1U, 7U, 100U);
  auto results = pool.imap(square, std::views::iota(0, 250), {.chunk = chunk});
  for (int i = 0; i < 250; ++i) REQUIRE(results.next() == i * i);
  CHECK_FALSE(results.next());
  CHECK_FALSE(results.next());
  CHECK_FALSE(pool.imap(square, std::vector<int>{}, {.chunk = chunk}).next());
}

TEST_CASE("imap is a range") {
  const NothingLeft nothing_left;
  Pool pool(2);
  std::vector<int> all;
  for (const int value : pool.imap(square, std::vector{1, 2, 3})) all.push_back(value);
  CHECK(all == std::vector{1, 4, 9});
  std::vector<std::string> texts;
  for (const std::string& text : pool.imap([](int n) { return std::to_string(n); }, std::vector{1, 2})) {
    texts.push_back(text);
  }
  CHECK(texts == std::vector<std::string>{"1", "2"});
}

TEST_CASE("imap_unordered gives each result once, what is ready first") {
  const NothingLeft nothing_left;
  const mpr::os::SharedObject<std::atomic<int>> gate;
  Pool pool(2);
  auto results = pool.imap_unordered(
      [&](int n) {
        while (n == 0 && *gate == 0) std::this_thread::yield();
        return n;
      },
      std::views::iota(0, 100));
  std::set<int> seen;
  for (int i = 0; i < 99; ++i) {
    const auto value = results.next();
    REQUIRE(value);
    CHECK(*value != 0);
    seen.insert(*value);
  }
  CHECK_THROWS_AS(results.next_for(10ms), mpr::TimeoutError);
  *gate = 1;
  CHECK(results.next() == 0);
  CHECK(seen.size() == 99);
  CHECK_FALSE(results.next());
}

TEST_CASE("the input of imap may be endless, and is read only as far ahead as the workers need it") {
  const NothingLeft nothing_left;
  Pool pool(2);
  int read = 0;
  auto endless = std::views::iota(0) | std::views::transform([&](int n) {
                   ++read;
                   return n;
                 });
  auto results = pool.imap(square, endless);
  CHECK(read == 0);
  for (int i = 0; i < 1000; ++i) REQUIRE(results.next() == i * i);
  CHECK(read >= 1000);
  CHECK(read < 1000 + 200);
}

TEST_CASE("large inputs of imap are read ahead by bytes") {
  const NothingLeft nothing_left;
  Pool pool(2);
  int read = 0;
  auto large = std::views::iota(0, 40) | std::views::transform([&](int) {
                 ++read;
                 return std::string(1'000'000, 'x');
               });
  auto results = pool.imap([](const std::string& text) { return text.size(); }, large);
  CHECK(results.next() == 1'000'000);
  CHECK(read < 15);
}

TEST_CASE("what an input throws comes behind the results before it") {
  const NothingLeft nothing_left;
  Pool pool(2);
  const int at = GENERATE(0, 3, 9);
  const size_t chunk = GENERATE(1U, 4U);
  auto input = std::views::iota(0, 10) | std::views::transform([at](int n) {
                 if (n == at) throw std::domain_error("input");
                 return n;
               });
  auto results = pool.imap(square, input, {.chunk = chunk});
  for (int i = 0; i < at; ++i) REQUIRE(results.next() == i * i);
  CHECK_THROWS_AS(results.next(), std::domain_error);
  CHECK_FALSE(results.next());
  auto unordered = pool.imap_unordered(square, input, {.chunk = chunk});
  int failures = 0;
  int values = 0;
  for (int i = 0; i <= at; ++i) {
    try {
      if (unordered.next()) ++values;
    } catch (const std::domain_error&) {
      ++failures;
    }
  }
  CHECK(values == at);
  CHECK(failures == 1);
  CHECK(pool.apply(square, 2) == 4);
}

TEST_CASE("what a function throws comes at its place, and the stream goes on behind its chunk") {
  const NothingLeft nothing_left;
  Pool pool(2);
  auto results = pool.imap(
      [](int n) {
        if (n == 5) throw std::runtime_error("five");
        return n;
      },
      std::views::iota(0, 12), {.chunk = 4});
  for (int i = 0; i < 5; ++i) REQUIRE(results.next() == i);
  CHECK_THROWS_AS(results.next(), mpr::RemoteError);
  for (int i = 8; i < 12; ++i) REQUIRE(results.next() == i);
  CHECK_FALSE(results.next());
}

TEST_CASE("a stream that is given up leaves the pool to others") {
  const NothingLeft nothing_left;
  Pool pool(2);
  {
    auto results = pool.imap(square, std::views::iota(0));
    CHECK(results.next() == 0);
  }
  CHECK(pool.apply(square, 5) == 25);
}

TEST_CASE("two streams of one pool do not disturb each other") {
  const NothingLeft nothing_left;
  Pool pool(2);
  auto first = pool.imap(square, std::views::iota(0, 100));
  auto second = pool.imap([](int n) { return -n; }, std::views::iota(0, 100));
  for (int i = 0; i < 100; ++i) {
    REQUIRE(first.next() == i * i);
    REQUIRE(second.next() == -i);
  }
}

TEST_CASE("the result of one pool's stream may be the input of another's") {
  const NothingLeft nothing_left;
  Pool pool(2);
  auto inner = pool.imap(square, std::views::iota(0, 50));
  auto outer = pool.imap([](int n) { return n + 1; }, inner);
  for (int i = 0; i < 50; ++i) REQUIRE(outer.next() == i * i + 1);
  CHECK_FALSE(outer.next());
}
