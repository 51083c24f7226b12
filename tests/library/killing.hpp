// What the tests of the library share: children that run something, or are killed, at a chosen moment or at any.
#pragma once

#include <atomic>
#include <functional>
#include <random>
#include <thread>
#include <vector>

#include "mpr/process.hpp"
#include "os/shared_mapping.hpp"
#include "support/process_support.hpp"
#include "support/temp_dir.hpp"

namespace mpr::test {

/// A child that runs `body`; it ends by itself, whatever becomes of the test.
inline Process started(const std::function<int()>& body) {
  Process process([body] {
    take_signals_as_programs_do();
    ::alarm(30 * kSlowness);
    return body();
  });
  process.start();
  return process;
}

[[noreturn]] inline void wait_to_be_killed() {
  for (;;) ::pause();
}

/// A child's work that a signal alone ends.
[[noreturn]] inline void linger() {
  take_signals_as_programs_do();
  wait_to_be_killed();
}

inline int exit_code_of(Process& process) {
  process.join();
  return process.exit_code().value();
}
inline int exit_code_of(Process&& process) {
  return exit_code_of(process);
}

/// The exit code of one that has not been started yet.
inline int run_to_its_end(Process process) {
  process.start();
  return exit_code_of(process);
}

inline void kill_and_join(Process& process) {
  process.kill();
  process.join();
}

/// Waits until a child sleeps: for what it has said that it is about to wait for.
inline bool falls_asleep(const Process& process) {
  const std::string stat = "/proc/" + std::to_string(process.pid().value()) + "/stat";
  return wait_until([&] { return read_file(stat).find(") S ") != std::string::npos; });
}

/// Runs `body` in a child, which comes to its end and then is killed: dead, it leaves behind what it did.
inline int killed_after(const std::function<void()>& body) {
  const os::SharedObject<std::atomic<bool>> done(false);
  Process process = started([&]() -> int {
    body();
    *done = true;
    wait_to_be_killed();
  });
  REQUIRE(wait_until([&] { return done->load(); }));
  kill_and_join(process);
  return process.pid().value();
}

/// Ten times there and back between this process and a child: whether each was woken by the other, and not by a look of
/// its own, of which there is one in 200 ms.
inline bool play_quickly(const std::function<void()>& serve, const std::function<void()>& answer) {
  const auto start = Clock::now();
  Process child = started([&] {
    for (int i = 0; i < 10; ++i) answer();
    return 0;
  });
  for (int i = 0; i < 10; ++i) serve();
  return exit_code_of(child) == 0 && Clock::now() - start < std::chrono::milliseconds{1500};
}

/// Several processes that do the same again and again, and are killed, at any moment.
struct Killing {
  unsigned workers = 4;
  unsigned kills = 60;
  std::chrono::microseconds life{3000};    ///< at most so long from one kill to the next
  std::function<void()> at_end = nullptr;  ///< after the last kill, to free those who wait for others

  /// `round(worker)` is called until the end; false is a complaint. True: nobody complained, and all who were not
  /// killed came to their end.
  [[nodiscard]] bool run(const std::function<bool(unsigned)>& round) const {
    const os::SharedObject<std::atomic<bool>> stop(false);
    const auto start = [&](unsigned worker) {
      return started([&stop, &round, worker] {
        while (!*stop) {
          if (!round(worker)) return 1;
        }
        return 0;
      });
    };
    std::vector<Process> all;
    for (unsigned worker = 0; worker < workers; ++worker) all.push_back(start(worker));
    std::minstd_rand random{std::random_device{}()};
    bool sound = true;
    for (unsigned kill = 0; kill < kills; ++kill) {
      std::this_thread::sleep_for(std::chrono::microseconds{random() % static_cast<unsigned>(life.count())});
      const auto victim = static_cast<unsigned>(random() % workers);
      kill_and_join(all[victim]);
      sound = sound && all[victim].exit_code() == -SIGKILL;
      all[victim] = start(victim);
    }
    *stop = true;
    if (at_end) at_end();
    for (Process& process : all) sound = exit_code_of(process) == 0 && sound;
    return sound;
  }
};

}  // namespace mpr::test
