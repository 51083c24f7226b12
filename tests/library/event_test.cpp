#include "mpr/event.hpp"

#include "killing.hpp"

using namespace mpr::test;
using namespace std::chrono_literals;
using mpr::Event;
using mpr::Process;
using mpr::os::SharedObject;

TEST_CASE("an event is set until it is cleared") {
  Event event;
  CHECK_FALSE(event.is_set());
  CHECK_FALSE(event.wait_for(0s));
  CHECK_FALSE(event.wait_for(-1s));
  event.set();
  event.set();
  CHECK(event.is_set());
  event.wait();
  CHECK(event.wait_for(0s));
  CHECK(event.wait_until(Clock::time_point::min()));
  event.clear();
  event.clear();
  CHECK_FALSE(event.is_set());
  CHECK_FALSE(event.wait_for(0s));
}

TEST_CASE("an event is waited for no longer than was said") {
  Event event;
  const auto start = Clock::now();
  CHECK_FALSE(event.wait_for(20ms));
  CHECK(Clock::now() - start >= 20ms);
}

TEST_CASE("an event that a child sets wakes its parent, and the other way round") {
  const NothingLeft nothing_left;
  Event there;
  Event back;
  const SharedObject<int> written(0);
  Process process = started([&] {
    there.wait();
    *written = 42;
    back.set();
    return 0;
  });
  there.set();
  REQUIRE(back.wait_for(kSoon));
  CHECK(*written == 42);
  process.join();
}

TEST_CASE("who waits for an event is woken at once") {
  const NothingLeft nothing_left;
  Event there;
  Event back;
  const auto answer = [&] {
    there.wait();
    there.clear();
    back.set();
  };
  const auto serve = [&] {
    there.set();
    back.wait();
    back.clear();
  };
  CHECK(play_quickly(serve, answer));
}

TEST_CASE("all who wait for an event go on, even if it is cleared at once") {
  const NothingLeft nothing_left;
  Event event;
  const SharedObject<std::atomic<int>> about_to(0);
  std::vector<Process> all;
  for (int i = 0; i < 3; ++i) {
    all.push_back(started([&] {
      ++*about_to;
      return event.wait_for(kSoon) ? 0 : 1;
    }));
  }
  REQUIRE(wait_until([&] { return *about_to == 3; }));
  for (const Process& process : all) REQUIRE(falls_asleep(process));
  event.set();
  event.clear();
  for (Process& process : all) CHECK(exit_code_of(process) == 0);
}

TEST_CASE("an event whose setters are killed at any moment wakes everybody") {
  const NothingLeft nothing_left;
  Event ping;
  Event pong;
  const SharedObject<std::atomic<bool>> stop(false);
  // The children are killed at any point of this exchange; this process never is, and has to get on.
  Process player = started([&] {
    while (!*stop) {
      if (!ping.wait_for(kSoon)) return 1;
      ping.clear();
      pong.set();
    }
    return 0;
  });
  const bool sound = Killing{.workers = 2, .kills = 40}.run([&](unsigned) {
    ping.set();
    return true;
  });
  CHECK(sound);
  pong.clear();
  ping.set();
  CHECK(pong.wait_for(kSoon));
  *stop = true;
  ping.set();
  CHECK(exit_code_of(player) == 0);
}
