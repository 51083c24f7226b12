// What becomes of work that fails: exceptions, time limits, cancellation, the end of the pool. Killed workers are in
// pool_kill_test.cpp.
#include <numeric>
#include <thread>

#include "mpr/pool.hpp"
#include "mpr/process.hpp"
#include "os/fork.hpp"
#include "os/shared_mapping.hpp"
#include "support/process_support.hpp"

using namespace mpr::test;
using namespace std::chrono_literals;
using mpr::Pool;

namespace {

using Flag = mpr::os::SharedObject<std::atomic<int>>;

int square(int number) {
  return number * number;
}

std::vector<int> numbers(int count) {
  std::vector<int> all(static_cast<size_t>(count));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

template <class Failure>
std::string text_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Failure& failure) {
    return failure.what();
  }
  return "nothing was thrown";
}

}  // namespace

TEST_CASE("an exception arrives with its type's name and its text") {
  const NothingLeft nothing_left;
  Pool pool(2);
  try {
    pool.apply([](int n) -> int { throw std::out_of_range("no " + std::to_string(n)); }, 7);
    FAIL("nothing was thrown");
  } catch (const mpr::RemoteError& error) {
    CHECK(error.type == "std::out_of_range");
    CHECK(error.text == "no 7");
    CHECK(error.what() == std::string("std::out_of_range: no 7"));
  }
  CHECK(text_of<mpr::RemoteError>([&] { pool.apply([]() -> int { throw 5; }); }) == "int: ");
  CHECK(pool.apply(square, 3) == 9);
}

TEST_CASE("of several exceptions the first in the order of the input is thrown, after all others have been run") {
  const NothingLeft nothing_left;
  const Flag calls;
  Pool pool(2);
  const auto failing = [&calls](int n) {
    ++*calls;
    if (n % 10 == 5) throw std::runtime_error(std::to_string(n));
    return n;
  };
  CHECK(text_of<mpr::RemoteError>([&] { pool.map(failing, numbers(100), {.chunk = 1}); }) == "std::runtime_error: 5");
  CHECK(*calls == 100);
  CHECK(text_of<mpr::RemoteError>([&] { pool.map_async(failing, numbers(100)).get(); }) == "std::runtime_error: 5");
}

TEST_CASE("an input that throws is an error of the caller, and leaves the pool usable") {
  const NothingLeft nothing_left;
  Pool pool(2);
  const int at = GENERATE(0, 3);
  const auto input = std::views::iota(0, 10) | std::views::transform([at](int n) {
                       if (n == at) throw std::domain_error("input");
                       return n;
                     });
  CHECK_THROWS_AS(pool.map(square, input), std::domain_error);
  CHECK_THROWS_AS(pool.map_async(square, input), std::domain_error);
  CHECK(pool.map(square, std::vector{2}) == std::vector{4});
}

namespace {

/// Refuses to travel when it is negative: on its way down if odd, on its way up if even.
struct Moody {
  int value = 0;
};

}  // namespace

template <>
struct mpr::Codec<Moody> {
  static void encode(const Moody& moody, ByteBuffer& to) {
    if (moody.value < 0) throw std::invalid_argument("will not be encoded");
    codec::append(to, &moody.value, sizeof moody.value);
  }
  static Moody decode(Bytes from) {
    Moody moody{Codec<int>::decode(from)};
    if (moody.value == 666) throw mpr::CodecError("will not be decoded");
    return moody;
  }
};

TEST_CASE("what cannot be encoded or decoded is an error, not a hang, and costs no worker") {
  struct NotPlain {
    std::string prevents_memcpy;
  };
  const NothingLeft nothing_left;
  Pool pool(2);
  const auto pids = pool.pids();
  const auto value = [](const std::string&, Moody moody) { return moody.value; };
  const auto make = [](int n) { return std::vector<Moody>{{n}}.front(); };
  for (int i = 0; i < 20; ++i) {
    CHECK(text_of<mpr::CodecError>([&] { pool.apply(make, 666); }).find("will not be decoded") != std::string::npos);
    CHECK(text_of<mpr::RemoteError>([&] { pool.apply(make, -1); }).find("will not be encoded") != std::string::npos);
    CHECK_THROWS_AS(pool.apply(value, "", Moody{-1}), std::invalid_argument);
    CHECK_THROWS_AS(pool.apply(value, "", Moody{666}), mpr::RemoteError);
  }
  CHECK(pool.map(square, std::vector{2}) == std::vector{4});
  CHECK(pool.pids() == pids);
}

TEST_CASE("a call that takes longer than it may is ended with its worker, and told so") {
  const NothingLeft nothing_left;
  Pool pool(2);
  const auto forever = [](int n) {
    if (n == 3) {
      for (;;) ::pause();
    }
    return n;
  };
  const auto begin = std::chrono::steady_clock::now();
  CHECK(text_of<mpr::TaskTimeout>([&] { pool.map(forever, numbers(8), {.chunk = 1, .timeout = 50ms}); }) ==
        "task 3 took longer than 50 ms");
  CHECK(text_of<mpr::TaskTimeout>([&] { pool.map(forever, numbers(8), {.chunk = 4, .timeout = 50ms}); }) ==
        "task 3 took longer than 50 ms");
  CHECK_THROWS_AS(pool.apply_async(mpr::CallOptions{.timeout = 50ms}, forever, 3).get(), mpr::TaskTimeout);
  CHECK(std::chrono::steady_clock::now() - begin < kSoon);
  CHECK(pool.map(forever, std::vector{1, 2}) == std::vector{1, 2});
}

TEST_CASE("a time limit is for each call, not for the chunk") {
  const NothingLeft nothing_left;
  Pool pool(mpr::PoolOptions{.workers = 1, .timeout = 2s * kSlowness});
  const auto nap = [](int n) {
    std::this_thread::sleep_for(30ms);
    return n;
  };
  CHECK(pool.map(nap, numbers(8), {.chunk = 8}) == numbers(8));
  CHECK(pool.map(nap, numbers(8), {.chunk = 8, .timeout = 200ms * kSlowness}) == numbers(8));
}

TEST_CASE("what is cancelled before it was started never runs") {
  const NothingLeft nothing_left;
  const Flag started;
  const Flag gate;
  Pool pool(1);
  auto first = pool.apply_async([&] {
    ++*started;
    while (*gate == 0) std::this_thread::yield();
  });
  auto second = pool.apply_async([&] { *started += 100; });
  REQUIRE(wait_until([&] { return *started == 1; }));
  second.cancel();
  CHECK_THROWS_AS(second.get(), mpr::Cancelled);
  *gate = 1;
  first.get();
  pool.close();
  pool.join();
  CHECK(*started == 1);
}

TEST_CASE("cancelling more than a worker can have been given leaves it ready for work") {
  const NothingLeft nothing_left;
  const Flag gate;
  Pool pool(1);
  for (int round = 0; round < 3; ++round) {
    *gate = 0;
    auto first = pool.apply_async([&] {
      while (*gate == 0) std::this_thread::yield();
    });
    std::vector<mpr::AsyncResult<int>> others;
    for (int i = 0; i < 200; ++i) others.push_back(pool.apply_async(square, i));
    for (auto& other : others) other.cancel();
    *gate = 1;
    first.get();
    // Most of these are withdrawn before the worker has woken up.
    for (int i = 0; i < 200; ++i) pool.apply_async(square, i).cancel();
    auto after = pool.apply_async(square, 5);
    REQUIRE(after.wait_for(kSoon));
    CHECK(after.get() == 25);
  }
}

TEST_CASE("what runs is ended when it is cancelled, and the pool goes on") {
  const NothingLeft nothing_left;
  const Flag started;
  Pool pool(2);
  auto endless = pool.map_async(
      [&](int) {
        ++*started;
        for (;;) std::this_thread::sleep_for(1s);
      },
      numbers(10), {.chunk = 1});
  REQUIRE(wait_until([&] { return *started == 2; }));
  const auto pids = pool.pids();
  endless.cancel();
  CHECK_THROWS_AS(endless.get(), mpr::Cancelled);
  CHECK(pool.map(square, numbers(4)) == std::vector{0, 1, 4, 9});
  CHECK(*started == 2);
  CHECK(pool.pids() != pids);
  endless.cancel();
}

TEST_CASE("cancelling what has come to its end changes nothing") {
  const NothingLeft nothing_left;
  Pool pool(2);
  auto done = pool.apply_async(square, 3);
  done.wait();
  done.cancel();
  CHECK(done.get() == 9);
}

TEST_CASE("terminate ends ten thousand endless tasks at once, and tells who waits for them") {
  const NothingLeft nothing_left;
  Pool pool(3);
  auto result = pool.map_async([](int) { std::this_thread::sleep_for(100s); }, numbers(10'000), {.chunk = 1});
  const auto begin = std::chrono::steady_clock::now();
  pool.terminate();
  pool.join();
  CHECK(std::chrono::steady_clock::now() - begin < kSoon);
  CHECK_THROWS_AS(result.get(), mpr::PoolClosed);
}

TEST_CASE("a closed or terminated pool takes nothing in, and join needs one of the two") {
  const NothingLeft nothing_left;
  Pool pool(1);
  CHECK_THROWS_AS(pool.join(), std::logic_error);
  auto before = pool.apply_async(square, 2);
  pool.close();
  CHECK_THROWS_AS(pool.apply(square, 1), std::logic_error);
  CHECK_THROWS_AS(pool.map_async(square, numbers(2)), std::logic_error);
  pool.join();
  pool.join();
  CHECK(before.get() == 4);
  pool.terminate();
  CHECK_THROWS_AS(pool.imap(square, numbers(2)), std::logic_error);
  CHECK(pool.pids().empty());
}

TEST_CASE("join with a deadline waits no longer") {
  const NothingLeft nothing_left;
  const Flag gate;
  Pool pool(1);
  auto result = pool.apply_async([&] {
    while (*gate == 0) std::this_thread::yield();
  });
  pool.close();
  CHECK_FALSE(pool.join_for(20ms));
  *gate = 1;
  CHECK(pool.join_for(kSoon));
}

TEST_CASE("the destructor abandons what is not done, and results outlive the pool") {
  const NothingLeft nothing_left;
  std::optional<mpr::AsyncResult<int>> done;
  std::optional<mpr::AsyncResult<int>> undone;
  {
    Pool pool(1);
    done = pool.apply_async(square, 3);
    done->wait();
    undone = pool.apply_async([] {
      for (;;) std::this_thread::sleep_for(1s);
      return 1;
    });
  }
  CHECK(done->get() == 9);
  CHECK_THROWS_AS(undone->get(), mpr::PoolClosed);
}

TEST_CASE("an initializer that throws ends the pool's work with its text, not in endless replacement") {
  const NothingLeft nothing_left;
  Pool pool(mpr::PoolOptions{.workers = 2, .initializer = [] { throw std::runtime_error("no database"); }});
  CHECK_THAT(text_of<mpr::PoolClosed>([&] { pool.apply(square, 1); }), Catch::Contains("no database"));
  CHECK_THROWS_AS(pool.apply(square, 1), mpr::PoolClosed);
}

TEST_CASE("an initializer that ends its worker ends the pool's work too") {
  const NothingLeft nothing_left;
  Pool pool(mpr::PoolOptions{.workers = 2, .initializer = [] { ::_exit(3); }});
  CHECK_THAT(text_of<mpr::PoolClosed>([&] { pool.map(square, numbers(10)); }), Catch::Contains("exit status 3"));
}

TEST_CASE("a forked child cannot use its parent's pool, and does it no harm") {
  const NothingLeft nothing_left;
  Pool pool(2);
  auto pending = pool.apply_async(square, 5);
  mpr::Process child([&] {
    try {
      (void)pool.apply(square, 1);
    } catch (const std::logic_error&) {
      return 7;
    }
    return 0;
  });
  child.start();
  child.join();
  CHECK(child.exit_code() == 7);
  CHECK(pending.get() == 25);
  CHECK(pool.map(square, numbers(3)) == std::vector{0, 1, 4});
}

TEST_CASE("processes and other pools can be made beside a pool's own thread") {
  const NothingLeft nothing_left;
  Pool pool(2);
  std::atomic<int> calls = 0;
  for (int i = 0; i < 50; ++i) {
    pool.apply_async(square, i).then([&](int) { ++calls; });
    mpr::Process process([] { return 3; });
    process.start();
    process.join();
    REQUIRE(process.exit_code() == 3);
  }
  Pool other(2);
  CHECK(other.apply(square, 3) == 9);
  CHECK(wait_until([&] { return calls == 50; }));
}

TEST_CASE("a pool is not made beside foreign threads, but goes on beside them") {
  const NothingLeft nothing_left;
  Pool pool(1);
  std::atomic<bool> stop = false;
  std::thread thread([&] {
    while (!stop) std::this_thread::yield();
  });
  CHECK_THROWS_AS(Pool(1), mpr::os::ThreadsRunning);
  CHECK_THROWS_AS(pool.apply([] { ::raise(SIGKILL); }), mpr::WorkerLost);
  CHECK(pool.apply(square, 4) == 16);
  stop = true;
  thread.join();
}
