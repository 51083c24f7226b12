#include "mpr/value.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <string_view>

#include "killing.hpp"
#include "mpr/errors.hpp"
#include "mpr/process.hpp"

using namespace mpr::test;
using mpr::Process;
using mpr::RawValue;
using mpr::Value;

namespace {

struct Point {
  double x;
  double y;
  double z;
  friend bool operator==(const Point&, const Point&) = default;
};

struct NotPlain {
  NotPlain(const NotPlain&) {}
};

template <class T>
concept CanAdd = requires(RawValue<T> value, T by) {
  value.fetch_add(by);
};
template <class T>
concept CanExchange = requires(RawValue<T> value, T by) {
  value.exchange(by);
};

/// What the parent finds when a child has changed a Value, and a RawValue.
template <class T>
std::pair<T, T> changed_by_a_child(T before, T after) {
  Value<T> value(before);
  RawValue<T> raw(before);
  Process child([&] {
    if (value.get() != before || raw.get() != before) return 1;
    value.get() = after;
    raw.store(after);
    return 0;
  });
  child.start();
  CHECK(exit_code_of(child) == 0);
  return {value.get(), raw.load()};
}

/// Five processes that do the same.
void in_five_processes(const std::function<void()>& body) {
  std::vector<Process> all;
  for (int i = 0; i < 5; ++i) all.emplace_back(body).start();
  for (Process& process : all) CHECK(exit_code_of(process) == 0);
}

constexpr int kRounds = 10'000;

}  // namespace

TEST_CASE("only types whose bytes mean the same everywhere can be shared") {
  STATIC_REQUIRE(mpr::Shareable<int>);
  STATIC_REQUIRE(mpr::Shareable<Point>);
  STATIC_REQUIRE(mpr::Shareable<std::array<int, 3>>);
  STATIC_REQUIRE_FALSE(mpr::Shareable<int*>);
  STATIC_REQUIRE_FALSE(mpr::Shareable<int&>);
  STATIC_REQUIRE_FALSE(mpr::Shareable<int[3]>);
  STATIC_REQUIRE_FALSE(mpr::Shareable<const int>);
  STATIC_REQUIRE_FALSE(mpr::Shareable<std::string_view>);
  STATIC_REQUIRE_FALSE(mpr::Shareable<std::string>);
  STATIC_REQUIRE_FALSE(mpr::Shareable<NotPlain>);
}

TEST_CASE("a value is what it was made of, or zero") {
  CHECK(RawValue<int>().get() == 0);
  CHECK(Value<double>().get() == 0);
  CHECK(RawValue<Point>().get() == Point{0, 0, 0});
  CHECK(Value<Point>({1, 2, 3}).get() == Point{1, 2, 3});
}

TEST_CASE("the parent sees what a child writes into a value") {
  const NothingLeft nothing_left;
  CHECK(changed_by_a_child<int>(7, 42) == std::pair{42, 42});
  CHECK(changed_by_a_child<double>(3.14, 1.25) == std::pair{1.25, 1.25});
  CHECK(changed_by_a_child<int16_t>(-3, -32768) == std::pair<int16_t, int16_t>{-32768, -32768});
  CHECK(changed_by_a_child<int64_t>(int64_t{1} << 33, int64_t{1} << 34) ==
        std::pair{int64_t{1} << 34, int64_t{1} << 34});
  CHECK(changed_by_a_child<char>('x', 'y') == std::pair{'y', 'y'});
  CHECK(changed_by_a_child<Point>({1, 2, 3}, {4, 5, 6}) == std::pair{Point{4, 5, 6}, Point{4, 5, 6}});
}

TEST_CASE("a child sees what the parent writes after it has started the child") {
  const NothingLeft nothing_left;
  RawValue<int> value(0);
  Process child([&] {
    if (!wait_until([&] { return value.load() == 1; })) return 1;
    value.store(2);
    return 0;
  });
  child.start();
  value.store(1);
  CHECK(exit_code_of(child) == 0);
  CHECK(value.load() == 2);
}

TEST_CASE("five processes that each add one under the lock make exactly five") {
  const NothingLeft nothing_left;
  Value<int> value(0);
  in_five_processes([&] {
    const std::scoped_lock guard(value.lock());
    value.get() += 1;
  });
  CHECK(value.get() == 5);
}

TEST_CASE("no addition under the lock is lost, however many there are") {
  const NothingLeft nothing_left;
  Value<int64_t> value(0);
  in_five_processes([&] {
    for (int i = 0; i < kRounds; ++i) {
      const std::scoped_lock guard(value.lock());
      value.get() += 1;
    }
  });
  CHECK(value.get() == 5 * kRounds);
}

TEST_CASE("no fetch_add is lost, without any lock") {
  const NothingLeft nothing_left;
  RawValue<int> up;
  RawValue<double> down;
  in_five_processes([&] {
    for (int i = 0; i < kRounds; ++i) {
      up.fetch_add(1);
      down.fetch_sub(0.5);
    }
  });
  CHECK(up.load() == 5 * kRounds);
  CHECK(down.load() == -0.5 * 5 * kRounds);
}

TEST_CASE("what has no need of a lock answers what was there before") {
  RawValue<int> value(3);
  CHECK(value.fetch_add(4) == 3);
  CHECK(value.fetch_sub(2) == 7);
  CHECK(value.exchange(9) == 5);
  int expected = 8;
  CHECK_FALSE(value.compare_exchange(expected, 1));
  CHECK(expected == 9);
  CHECK(value.compare_exchange(expected, 1));
  CHECK(value.load() == 1);
  value.atomic() ^= 3;
  CHECK(value.load() == 2);
}

TEST_CASE("operations without a lock exist only for types that can have them") {
  STATIC_REQUIRE(CanAdd<int>);
  STATIC_REQUIRE(CanAdd<float>);
  STATIC_REQUIRE_FALSE(CanAdd<bool>);
  STATIC_REQUIRE_FALSE(CanAdd<Point>);
  STATIC_REQUIRE(CanExchange<bool>);
  STATIC_REQUIRE_FALSE(CanExchange<Point>);
}

TEST_CASE("a value has a lock of its own, or the one that it was given") {
  Value<int> alone;
  Value<int> other;
  CHECK(&alone.lock() != &other.lock());
  mpr::RLock lock;
  Value<int> first(1, lock);
  Value<double> second(2, lock);
  CHECK(&first.lock() == &lock);
  CHECK(&second.lock() == &lock);
}

TEST_CASE("a value's lock may be taken again by who has it") {
  Value<int> value;
  const std::scoped_lock outer(value.lock());
  const std::scoped_lock inner(value.lock());
  value.get() = 1;
  CHECK(value.lock().held());
}

TEST_CASE("a value that has moved is still shared, and its lock too") {
  const NothingLeft nothing_left;
  Value<int> before(1);
  Value<int> value(std::move(before));
  Process child([&] {
    const std::scoped_lock guard(value.lock());
    value.get() += 1;
  });
  child.start();
  CHECK(exit_code_of(child) == 0);
  Value<int> other(0);
  mpr::RLock* const lock = &value.lock();
  other = std::move(value);
  CHECK(other.get() == 2);
  CHECK(&other.lock() == lock);
}

TEST_CASE("a copy of a value is independent of it") {
  const NothingLeft nothing_left;
  Value<Point> value({1, 2, 3});
  Value<Point> copy = value.copy();
  RawValue<int> raw(5);
  RawValue<int> raw_copy = raw.copy();
  CHECK(&copy.lock() != &value.lock());
  Process child([&] {
    value.get().x = 0;
    raw.store(0);
  });
  child.start();
  CHECK(exit_code_of(child) == 0);
  CHECK(copy.get() == Point{1, 2, 3});
  CHECK(value.get() == Point{0, 2, 3});
  CHECK(raw_copy.load() == 5);
  CHECK(raw.load() == 0);
}

TEST_CASE("who comes after a killed holder of a value's lock is told, and can mend the value") {
  const NothingLeft nothing_left;
  Value<int> value(1);
  const int holder = killed_after([&] {
    value.lock().lock();
    value.get() = 99;
  });
  try {
    const std::scoped_lock guard(value.lock());
    FAIL("not told");
  } catch (const mpr::OwnerDied& death) {
    CHECK(death.pid == holder);
  }
  CHECK_THROWS_AS((void)value.copy(), mpr::OwnerDied);
  CHECK(value.lock().recover());
  value.get() = 1;
  value.lock().unlock();
  const std::scoped_lock guard(value.lock());
  CHECK(value.get() == 1);
}

TEST_CASE("processes that are killed at any moment leave a value whole, or say that they did not") {
  const NothingLeft nothing_left;
  struct Pair {
    int64_t first;
    int64_t second;  // what first is, whenever nobody has the lock
  };
  Value<Pair> value;
  RawValue<int64_t> counted;
  Killing killing;
  killing.kills = 100;
  const bool sound = killing.run([&](unsigned) {
    bool whole = true;
    try {
      value.lock().lock();
      whole = value.get().first == value.get().second;
    } catch (const mpr::OwnerDied&) {
      if (value.lock().recover()) value.get().second = value.get().first;
    }
    value.get().first += 1;
    value.get().second += 1;
    value.lock().unlock();
    counted.fetch_add(1);
    return whole;
  });
  CHECK(sound);
  (void)value.lock().recover();
  // Each of the killed can have died between its two additions here and its count.
  CHECK(value.get().first - counted.load() >= 0);
  CHECK(value.get().first - counted.load() <= killing.kills);
  value.lock().unlock();
}
