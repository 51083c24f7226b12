// Watching, signalling and telling of processes: what holds in the less usual moments.
#include <sys/mman.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "killing.hpp"
#include "mpr/process.hpp"
#include "mpr/wait.hpp"
#include "os/shared_mapping.hpp"
#include "support/process_support.hpp"

using namespace mpr::test;
using namespace std::chrono_literals;
using mpr::Process;

namespace {

/// stderr, replaced while this lives.
class StderrIs {
 public:
  explicit StderrIs(int fd) : before_(::fcntl(2, F_DUPFD_CLOEXEC, 3)) { ::dup2(fd, 2); }
  StderrIs(const StderrIs&) = delete;
  StderrIs& operator=(const StderrIs&) = delete;
  ~StderrIs() {
    ::dup2(before_, 2);
    ::close(before_);
  }

 private:
  int before_;
};

struct Counter {
  int begin;
  int operator()(int more) { return begin += more; }
  int twice() { return 2 * begin; }
};

}  // namespace

TEST_CASE("a sentinel is ready from the end of its process on, joined or not, until the process is closed") {
  const NothingLeft nothing_left;
  Process process([] {});
  process.start();
  const mpr::os::FdRef sentinel = process.sentinel();
  CHECK(mpr::wait({process}) == std::vector<size_t>{0});
  CHECK(mpr::active_children().empty());
  CHECK(mpr::wait_for({sentinel}, 0s) == std::vector<size_t>{0});
  process.join();
  CHECK(process.sentinel() == sentinel);
  CHECK(mpr::wait_for({process}, 0s) == std::vector<size_t>{0});
  const size_t before = open_descriptors();
  process.close();
  CHECK(open_descriptors() == before - 1);
}

TEST_CASE("the sentinel of a process whose end nobody can be told of is ready, too") {
  CHECK(in_child([] {
          ::signal(SIGCHLD, SIG_IGN);
          for (int i = 0; i < 20; ++i) {
            Process process([] { return 3; });
            process.start();
            if (mpr::wait_for({process}, kSoon).empty()) return std::string("never ready");
            if (process.exit_code() != 255) return std::string("no 255");
          }
          return std::string("ready");
        }) == "ready");
}

TEST_CASE("processes that have ended and were joined leave no descriptor in the children after them") {
  const NothingLeft nothing_left;
  const mpr::os::SharedObject<std::atomic<size_t>> seen;
  const auto look = [&] {
    (void)run_to_its_end(Process([&] { *seen = open_descriptors(); }));
    return seen->load();
  };
  const size_t alone = look();
  std::vector<Process> ended;
  for (int i = 0; i < 5; ++i) {
    ended.emplace_back([] {});
    ended.back().start();
    ended.back().join();
  }
  CHECK(look() == alone);
}

TEST_CASE("joining in one thread and looking for active children in another know the same exit code") {
  const NothingLeft nothing_left;
  for (int round = 0; round < 50; ++round) {
    std::vector<Process> processes;
    for (int i = 0; i < 4; ++i) {
      processes.emplace_back([] { return 3; });
      processes.back().start();
    }
    std::atomic<bool> stop = false;
    std::thread looking([&] {
      while (!stop) (void)mpr::active_children();
    });
    for (Process& process : processes) process.join();
    stop = true;
    looking.join();
    for (Process& process : processes) CHECK(process.exit_code() == 3);
  }
}

TEST_CASE("joins that may not wait leave a process alone, and signals end it") {
  const NothingLeft nothing_left;
  for (const bool kill : {false, true}) {
    const mpr::os::SharedObject<std::atomic<bool>> ready;
    Process process([&] {
      take_signals_as_programs_do();
      *ready = true;
      linger();
    });
    process.start();
    REQUIRE(wait_until([&] { return ready->load(); }));
    CHECK_FALSE(process.join_for(0s));
    CHECK_FALSE(process.join_for(-1s));
    CHECK_FALSE(process.join_for(std::chrono::nanoseconds::min()));
    CHECK(process.is_alive());
    kill ? process.kill() : process.terminate();
    process.join();
    process.join();
    CHECK_FALSE(process.is_alive());
    CHECK(mpr::active_children().empty());
    CHECK(process.exit_code() == (kill ? -SIGKILL : -SIGTERM));
    process.kill();
    process.terminate();
    CHECK(process.exit_code() == (kill ? -SIGKILL : -SIGTERM));
  }
}

TEST_CASE("an interrupt ends a process by the signal, or as its handler wishes") {
  const NothingLeft nothing_left;
  for (const bool handled : {false, true}) {
    const mpr::os::SharedObject<std::atomic<bool>> ready;
    Process process([&] {
      take_signals_as_programs_do();
      if (handled) ::signal(SIGINT, [](int) { ::_exit(1); });
      *ready = true;
      for (;;) ::pause();
    });
    process.start();
    REQUIRE(wait_until([&] { return ready->load(); }));
    ::kill(process.pid().value(), SIGINT);
    process.join();
    CHECK(process.exit_code() == (handled ? 1 : -SIGINT));
  }
}

TEST_CASE("what an exception says is told whole and in one line before the process ends") {
  const NothingLeft nothing_left;
  const int file = ::memfd_create("stderr", MFD_CLOEXEC);
  const std::string text(100'000, 'x');
  int code = 0;
  int pid = 0;
  {
    const StderrIs captured(file);
    Process process({.name = "writer"}, [&] { throw std::runtime_error("first\nsecond " + text); });
    process.start();
    process.join();
    code = process.exit_code().value();
    pid = process.pid().value();
  }
  ::lseek(file, 0, SEEK_SET);
  const bool as_promised =
      read_all(file) == "writer (pid " + std::to_string(pid) + "): std::runtime_error: first second " + text + "\n";
  CHECK(as_promised);
  CHECK(code == 1);
  ::close(file);
}

TEST_CASE("an exception makes 1 the exit code also where nobody reads stderr") {
  const NothingLeft nothing_left;
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  ::close(ends[0]);
  int code = 0;
  {
    const StderrIs broken(ends[1]);
    code = run_to_its_end(Process([] {
      ::signal(SIGPIPE, SIG_DFL);
      throw std::runtime_error("unheard");
    }));
  }
  ::close(ends[1]);
  CHECK(code == 1);
}

TEST_CASE("a process that cannot be watched for want of descriptors is not started, and may be later") {
  const NothingLeft nothing_left;
  CHECK(in_child([] {
          const mpr::os::SharedObject<std::atomic<int>> runs;
          Process process([&] { ++*runs; });
          std::vector<int> taken;
          for (int fd; (fd = ::dup(0)) >= 0;) taken.push_back(fd);
          std::string said = "started";
          try {
            process.start();
          } catch (const std::system_error& error) {
            said = error.code() == std::errc::too_many_files_open ? "no descriptor" : error.what();
          }
          const bool nobody = childless();
          for (const int fd : taken) ::close(fd);
          process.start();
          process.join();
          return said + (nobody ? ", nobody" : ", a child") + ", runs: " + std::to_string(*runs);
        }) == "no descriptor, nobody, runs: 1");
}

TEST_CASE("objects with a call operator and member functions may be run") {
  const NothingLeft nothing_left;
  CHECK(run_to_its_end(Process(Counter{40}, 2)) == 42);
  CHECK(run_to_its_end(Process(&Counter::twice, Counter{4})) == 8);
}

TEST_CASE("a process is over when its function returns: nothing that follows start() is run twice") {
  const NothingLeft nothing_left;
  const mpr::os::SharedObject<std::atomic<int>> after;
  {
    Process process([] {});
    process.start();
    ++*after;
  }
  CHECK(*after == 1);
}

TEST_CASE("threads that the function joins are waited for") {
  const NothingLeft nothing_left;
  const mpr::os::SharedObject<std::atomic<bool>> done;
  CHECK(run_to_its_end(Process([&] {
          const std::jthread thread([&] {
            std::this_thread::sleep_for(10ms);
            *done = true;
          });
        })) == 0);
  CHECK(*done);
}

TEST_CASE("a Process that was moved from or closed can only be given another") {
  const NothingLeft nothing_left;
  Process first([] { return 3; });
  first.start();
  Process second = std::move(first);
  second.join();
  CHECK(second.exit_code() == 3);
  first = Process([] { return 4; });
  first.start();
  first.join();
  CHECK(first.exit_code() == 4);
  second.close();
  CHECK_THROWS_AS(second.start(), std::logic_error);
  CHECK_THROWS_AS(second.sentinel(), std::logic_error);
  CHECK_THROWS_AS(second.kill(), std::logic_error);
  CHECK_THROWS_AS(second.pid(), std::logic_error);
}

TEST_CASE("a process can be closed, but not signalled, before its start") {
  Process process([] {});
  CHECK_THROWS_AS(process.terminate(), std::logic_error);
  CHECK_THROWS_AS(process.kill(), std::logic_error);
  CHECK_FALSE(process.pid());
  process.close();
}

TEST_CASE("several daemons that do not listen are given their time together") {
  const NothingLeft nothing_left;
  const mpr::os::SharedObject<std::atomic<int>> deaf;
  Process parent([&] {
    for (int i = 0; i < 3; ++i) {
      auto* daemon = new Process({.daemon = true}, [&] {
        ::signal(SIGTERM, SIG_IGN);
        ++*deaf;
        for (;;) ::pause();
      });
      daemon->start();
    }
    while (*deaf < 3) std::this_thread::yield();
  });
  const auto begin = Clock::now();
  parent.start();
  parent.join();
  CHECK(parent.exit_code() == 0);
  CHECK(Clock::now() - begin < 4s * kSlowness);
}
