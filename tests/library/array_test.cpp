#include "mpr/array.hpp"

#include <array>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <list>
#include <map>
#include <numeric>
#include <sstream>

#include "killing.hpp"
#include "mpr/errors.hpp"
#include "mpr/process.hpp"

using namespace mpr::test;
using mpr::Array;
using mpr::Process;
using mpr::RawArray;

namespace {

template <class T>
std::vector<T> elements(const RawArray<T>& array) {
  return std::vector<T>(array.begin(), array.end());
}

template <class Numbers>
void sum_up(Numbers& numbers) {
  for (size_t i = 1; i < numbers.size(); ++i) numbers[i] += numbers[i - 1];
}

/// The address space of this process: mappings that are shared and not a file's, and how much memory they have.
struct Shared {
  size_t mappings = 0;
  size_t resident_kib = 0;
};
Shared shared_by_us() {
  std::ifstream lines("/proc/self/smaps");
  Shared shared;
  bool counts = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.find('-') < line.find(' ')) {
      counts = line.find("s 00000000 00:01") != std::string::npos && line.find("/dev/zero") != std::string::npos;
      shared.mappings += counts ? 1 : 0;
    } else if (counts && line.starts_with("Rss:")) {
      shared.resident_kib += std::stoul(line.substr(4));
    }
  }
  return shared;
}

/// A range that can be gone through once, and does not know its size.
struct Once {
  std::istream& text;
  [[nodiscard]] std::istream_iterator<int> begin() const { return std::istream_iterator<int>(text); }
  [[nodiscard]] static std::istream_iterator<int> end() { return {}; }
};

struct FivesByDefault {
  int number = 5;
};

}  // namespace

TEST_CASE("an array of a size is zeros") {
  const Array<int> numbers(1000);
  CHECK(numbers.size() == 1000);
  CHECK(std::ranges::count(numbers, 0) == 1000);
  CHECK(RawArray<FivesByDefault>(3)[2].number == 5);
}

TEST_CASE("an array is zeros although it gets memory that was used before") {
  for (int i = 0; i < 10; ++i) {
    RawArray<int> numbers(100'000);
    CHECK(std::ranges::count(numbers, 0) == 100'000);
    numbers.fill(i + 1);
  }
}

TEST_CASE("an array can be made of a list or of any range") {
  CHECK(elements(Array<int>{1, 2, 3}) == std::vector{1, 2, 3});
  CHECK(elements(RawArray<int>{7}.copy()) == std::vector{7});
  CHECK(elements(Array<double>(std::vector{1, 2, 3})) == std::vector{1.0, 2.0, 3.0});
  CHECK(elements(Array<bool>(std::vector{true, false})) == std::vector{true, false});
  CHECK(elements(RawArray<char>(std::string("ab"))) == std::vector{'a', 'b'});
  CHECK(elements(RawArray<int>(std::list{1, 2})) == std::vector{1, 2});
  std::istringstream text("4 5 6");
  CHECK(elements(RawArray<int>(Once{text})) == std::vector{4, 5, 6});
}

TEST_CASE("an array may have no elements") {
  const Array<int> none(0);
  CHECK(none.empty());
  CHECK(none.begin() == none.end());
  CHECK(none.span().empty());
  CHECK(none.copy().empty());
  CHECK(Array<int>(std::vector<int>{}).empty());
  CHECK_THROWS_AS(none.at(0), std::out_of_range);
}

TEST_CASE("an array is a contiguous range") {
  STATIC_REQUIRE(std::ranges::contiguous_range<Array<int>>);
  STATIC_REQUIRE(std::ranges::contiguous_range<const RawArray<int>>);
  Array<int> numbers{5, 3, 4};
  std::ranges::sort(numbers);
  CHECK(elements(numbers) == std::vector{3, 4, 5});
  CHECK(numbers.front() == 3);
  CHECK(numbers.back() == 5);
  numbers[1] = 10;
  CHECK(numbers.at(1) == 10);
}

TEST_CASE("a slice of an array can be read and written") {
  Array<int> numbers{0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  const std::span<int> slice = numbers.span().subspan(2, 5);
  CHECK(std::vector(slice.begin(), slice.end()) == std::vector{2, 3, 4, 5, 6});
  std::ranges::copy(std::array{-1, -2}, numbers.span().subspan(8).begin());
  CHECK(elements(numbers) == std::vector{0, 1, 2, 3, 4, 5, 6, 7, -1, -2});
}

TEST_CASE("an index beyond the end is told with the size") {
  Array<int> numbers(5);
  CHECK_THROWS_WITH(numbers.at(7), "index 7 of an array of size 5");
  CHECK_THROWS_WITH(numbers.atomic(5), "index 5 of an array of size 5");
  CHECK_THROWS_AS(std::as_const(numbers).at(5), std::out_of_range);
}

TEST_CASE("the parent sees the sums that a child makes in place") {
  const NothingLeft nothing_left;
  const std::vector<int> numbers{680, 626, 934, 821, 150, 233, 548, 982, 714, 831};
  Array<int> array(numbers);
  RawArray<int> raw(numbers);
  Process child([&] {
    sum_up(array);
    sum_up(raw);
  });
  child.start();
  CHECK(exit_code_of(child) == 0);
  std::vector<int> sums(numbers.size());
  std::partial_sum(numbers.begin(), numbers.end(), sums.begin());
  CHECK(elements(array) == sums);
  CHECK(elements(raw) == sums);
}

TEST_CASE("no addition to an element is lost, with the lock and without") {
  const NothingLeft nothing_left;
  constexpr int kRounds = 10'000;
  Array<int> numbers(3);
  std::vector<Process> all;
  for (int i = 0; i < 5; ++i) {
    all.push_back(started([&] {
      for (int round = 0; round < kRounds; ++round) {
        numbers.atomic(0).fetch_add(1);
        const std::scoped_lock guard(numbers.lock());
        numbers[2] += 1;
      }
      return 0;
    }));
  }
  for (Process& process : all) CHECK(exit_code_of(process) == 0);
  CHECK(elements(numbers) == std::vector{5 * kRounds, 0, 5 * kRounds});
}

TEST_CASE("an array has a lock of its own, or the one that it was given") {
  Array<int> alone(1);
  Array<int> other(1);
  CHECK(&alone.lock() != &other.lock());
  mpr::RLock lock;
  CHECK(&Array<int>(4, lock).lock() == &lock);
  CHECK(&Array<int>({1, 2}, lock).lock() == &lock);
  CHECK(&Array<int>(std::vector{1, 2}, lock).lock() == &lock);
}

TEST_CASE("an array that has moved is still shared, and its lock too") {
  const NothingLeft nothing_left;
  Array<int> before{1, 2};
  mpr::RLock* const lock = &before.lock();
  Array<int> array(std::move(before));
  Process child([&] {
    const std::scoped_lock guard(array.lock());
    array[1] = 7;
  });
  child.start();
  CHECK(exit_code_of(child) == 0);
  Array<int> other(0);
  other = std::move(array);
  CHECK(elements(other) == std::vector{1, 7});
  CHECK(&other.lock() == lock);
}

TEST_CASE("a copy of an array is independent of it") {
  const NothingLeft nothing_left;
  Array<int> array{1, 2, 3};
  Array<int> copy = array.copy();
  RawArray<int> raw_copy = static_cast<RawArray<int>&>(array).copy();
  Process child([&] { array.fill(0); });
  child.start();
  CHECK(exit_code_of(child) == 0);
  CHECK(elements(array) == std::vector{0, 0, 0});
  CHECK(elements(copy) == std::vector{1, 2, 3});
  CHECK(elements(raw_copy) == std::vector{1, 2, 3});
  CHECK(&copy.lock() != &array.lock());
}

TEST_CASE("who comes after a killed holder of an array's lock is told, and can mend the array") {
  const NothingLeft nothing_left;
  Array<int> array{1, 2, 3};
  killed_after([&] {
    array.lock().lock();
    array[1] = 99;
  });
  CHECK_THROWS_AS(array.lock().lock(), mpr::OwnerDied);
  CHECK(array.lock().recover());
  array[1] = 2;
  array.lock().unlock();
  CHECK(elements(array.copy()) == std::vector{1, 2, 3});
}

TEST_CASE("an array that no memory could hold is refused") {
  CHECK_THROWS_WITH(RawArray<int>(std::numeric_limits<size_t>::max()),
                    "an array of 18446744073709551615 elements of 4 bytes is larger than memory can be");
  CHECK_THROWS_AS(Array<int64_t>(std::numeric_limits<size_t>::max() / 8 + 2), std::length_error);
}

TEST_CASE("an array for which there is no memory is refused, and says how much it was") {
  CHECK_THROWS_WITH(RawArray<int64_t>(size_t{1} << 58),
                    "cannot share an array of 288230376151711744 elements of 8 bytes: Cannot allocate memory");
}

TEST_CASE("arrays that come and go at random never overlap, and give all memory back") {
  const Shared before = shared_by_us();
  std::minstd_rand random{20'26};
  std::map<uint8_t, RawArray<uint8_t>> live;
  for (int round = 0; round < 2000; ++round) {
    const auto key = static_cast<uint8_t>(random() % 50 + 1);
    const auto found = live.find(key);
    if (found != live.end()) {
      // Whoever had written here would have written another key.
      REQUIRE(std::ranges::count(found->second, key) == static_cast<ptrdiff_t>(found->second.size()));
      live.erase(found);
    } else {
      RawArray<uint8_t> array(random() % 20'000 + 1);
      REQUIRE(std::ranges::count(array, 0) == static_cast<ptrdiff_t>(array.size()));
      array.fill(key);
      live.emplace(key, std::move(array));
    }
  }
  CHECK(shared_by_us().mappings == before.mappings + live.size());
  CHECK(shared_by_us().resident_kib > before.resident_kib);
  live.clear();
  CHECK(shared_by_us().mappings == before.mappings);
  CHECK(shared_by_us().resident_kib == before.resident_kib);
}

TEST_CASE("an array of which little is used takes little memory") {
  const Shared before = shared_by_us();
  RawArray<int64_t> numbers(size_t{1} << 30);
  numbers.back() = 1;
  CHECK(shared_by_us().resident_kib - before.resident_kib < 1024);
}

TEST_CASE("the memory of an array outlives who made it") {
  const NothingLeft nothing_left;
  // The maker's own child goes on with it when the maker has been killed.
  CHECK(in_child([] {
          mpr::RawValue<int> step(0);
          const auto reached = [&](int wanted) { return wait_until([&] { return step.load() == wanted; }); };
          Process maker([&] {
            RawArray<int> numbers{1, 2, 3};
            Process heir([&] {
              step.store(1);
              if (reached(2)) step.store(numbers[2]);
            });
            heir.start();
            wait_to_be_killed();
          });
          maker.start();
          if (!reached(1)) return "not started";
          kill_and_join(maker);
          step.store(2);
          return reached(3) ? "seen" : "lost";
        }) == "seen");
}

TEST_CASE("processes that are killed at any moment leave an array whole, or say that they did not") {
  const NothingLeft nothing_left;
  constexpr int64_t kEach = 1000;
  Array<int64_t> accounts(4);
  accounts.fill(kEach);
  // What is missing from the sum is in the last one's hands.
  const auto mend = [&] { accounts[0] += 4 * kEach - std::accumulate(accounts.begin(), accounts.end(), int64_t{0}); };
  Killing killing;
  killing.kills = 100;
  const bool sound = killing.run([&](unsigned worker) {
    try {
      accounts.lock().lock();
    } catch (const mpr::OwnerDied&) {
      if (accounts.lock().recover()) mend();
    }
    const bool whole = std::accumulate(accounts.begin(), accounts.end(), int64_t{0}) == 4 * kEach;
    accounts[worker] -= 1;
    accounts[(worker + 1) % accounts.size()] += 1;
    accounts.lock().unlock();
    return whole;
  });
  CHECK(sound);
  if (accounts.lock().recover()) mend();
  CHECK(std::accumulate(accounts.begin(), accounts.end(), int64_t{0}) == 4 * kEach);
  accounts.lock().unlock();
}
