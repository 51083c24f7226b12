#include "mpr/process.hpp"

#include <sys/mman.h>

#include <thread>

#include "killing.hpp"
#include "mpr/connection.hpp"
#include "os/fork.hpp"
#include "support/process_support.hpp"

using namespace mpr::test;
using namespace std::chrono_literals;
using mpr::Process;

namespace {

/// What is written on stderr while this lives.
class CapturedStderr {
 public:
  CapturedStderr() : file_(::memfd_create("stderr", MFD_CLOEXEC)), before_(::fcntl(2, F_DUPFD_CLOEXEC, 3)) {
    ::dup2(file_, 2);
  }
  CapturedStderr(const CapturedStderr&) = delete;
  CapturedStderr& operator=(const CapturedStderr&) = delete;
  ~CapturedStderr() {
    ::dup2(before_, 2);
    ::close(before_);
    ::close(file_);
  }
  [[nodiscard]] std::string text() const {
    ::lseek(file_, 0, SEEK_SET);
    return read_all(file_);
  }

 private:
  int file_;
  int before_;
};

}  // namespace

TEST_CASE("the exit code is what the function returns, or 0") {
  const NothingLeft nothing_left;
  CHECK(run_to_its_end(Process{[] {}}) == 0);
  CHECK(run_to_its_end(Process{[] { return 7; }}) == 7);
  CHECK(run_to_its_end(Process{[](int a, int b) { return a + b; }, 2, 3}) == 5);
  CHECK(run_to_its_end(Process{[] { return std::string("no number"); }}) == 0);
}

TEST_CASE("an exception that leaves the function is told on stderr and makes 1 the exit code") {
  const NothingLeft nothing_left;
  std::string told;
  int code = 0;
  {
    const CapturedStderr captured;
    code = run_to_its_end(Process{[] { throw std::out_of_range("too far"); }});
    told = captured.text();
  }
  CHECK(code == 1);
  CHECK_THAT(told, Catch::Contains("std::out_of_range: too far\n"));
  {
    const CapturedStderr captured;
    code = run_to_its_end(Process{[] { throw 42; }});
    told = captured.text();
  }
  CHECK(code == 1);
  CHECK_THAT(told, Catch::EndsWith("): int\n"));
}

TEST_CASE("the exit code of a process that a signal killed is minus its number") {
  const NothingLeft nothing_left;
  for (const bool kill : {false, true}) {
    mpr::OneWayPipe ready = mpr::make_one_way_pipe();
    Process process{[](mpr::Connection to) {
                      take_signals_as_programs_do();
                      to.send_bytes({});
                      linger();
                    },
                    std::move(ready.writer)};
    process.start();
    REQUIRE(ready.reader.recv_bytes());
    kill ? process.kill() : process.terminate();
    process.join();
    CHECK(process.exit_code() == (kill ? -SIGKILL : -SIGTERM));
  }
}

TEST_CASE("a process is alive from its start to its end, and its exit code is known only then") {
  const NothingLeft nothing_left;
  Process process{linger};
  CHECK_FALSE(process.is_alive());
  CHECK_FALSE(process.exit_code());
  CHECK_FALSE(process.pid());
  process.start();
  CHECK(process.is_alive());
  CHECK_FALSE(process.exit_code());
  CHECK(process.pid().value() > 0);
  process.kill();
  process.join();
  process.join();
  CHECK_FALSE(process.is_alive());
  CHECK(process.exit_code() == -SIGKILL);
  CHECK(process.pid());
}

TEST_CASE("a join with a deadline waits no longer") {
  const NothingLeft nothing_left;
  Process process{linger};
  process.start();
  const auto begin = std::chrono::steady_clock::now();
  CHECK_FALSE(process.join_for(30ms));
  CHECK(std::chrono::steady_clock::now() - begin >= 30ms);
  CHECK_FALSE(process.join_until(begin));
  process.kill();
  CHECK(process.join_for(1h));
  CHECK(process.join_for(0ns));
}

TEST_CASE("the destructor waits for a process that runs, and one that was never started is no burden") {
  const NothingLeft nothing_left;
  mpr::OneWayPipe done = mpr::make_one_way_pipe();
  {
    const Process never{[] {}};
    Process process{[](mpr::Connection to) { to.send_bytes({}); }, std::move(done.writer)};
    process.start();
  }
  done.reader.set_nonblocking();
  CHECK(done.reader.fill() == mpr::os::IoState::done);
}

TEST_CASE("assigning over a running process waits for it") {
  const NothingLeft nothing_left;
  Process process{[] {}};
  process.start();
  process = Process{[] { return 2; }};
  CHECK(childless());
  process.start();
  process.join();
  CHECK(process.exit_code() == 2);
}

TEST_CASE("what cannot be copied may be moved in, and is the child's alone after the start") {
  const NothingLeft nothing_left;
  auto value = std::make_unique<int>(5);
  const int code = run_to_its_end(Process{[own = std::move(value)] { return *own; }});
  CHECK(code == 5);
  CHECK(run_to_its_end(Process{[](std::unique_ptr<int> given) { return *given; }, std::make_unique<int>(6)}) == 6);
  mpr::OneWayPipe pair = mpr::make_one_way_pipe();
  Process process{[](mpr::Connection to) { to.send_bytes({}); }, std::move(pair.writer)};
  process.start();
  CHECK(pair.reader.recv_bytes());
  // The end comes only because the parent's copy is gone.
  CHECK_FALSE(pair.reader.recv_bytes());
}

TEST_CASE("calls out of order are errors of the program") {
  const NothingLeft nothing_left;
  Process process{[] {}};
  CHECK_THROWS_AS(process.join(), std::logic_error);
  process.start();
  CHECK_THROWS_AS(process.start(), std::logic_error);
  process.join();
  CHECK_THROWS_AS(process.start(), std::logic_error);
}

TEST_CASE("a program with threads is not forked") {
  const NothingLeft nothing_left;
  Process process{[] {}};
  mpr::OneWayPipe stop = mpr::make_one_way_pipe();
  std::thread thread([&] { (void)stop.reader.recv_bytes(); });
  CHECK_THROWS_AS(process.start(), mpr::os::ThreadsRunning);
  stop.writer.close();
  thread.join();
  // A thread that has been joined may take a moment to leave the process.
  CHECK(wait_until([] { return std::distance(std::filesystem::directory_iterator("/proc/self/task"), {}) == 1; }));
  process.start();
  process.join();
  CHECK(process.exit_code() == 0);
}

TEST_CASE("what is buffered at the start is written once") {
  const NothingLeft nothing_left;
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  std::FILE* file = ::fdopen(ends[1], "w");
  std::fputs("once ", file);
  CHECK(run_to_its_end(Process{[&] { std::fputs("child ", file); }}) == 0);
  std::fputs("parent", file);
  std::fclose(file);
  CHECK(read_all(ends[0]) == "once child parent");
  ::close(ends[0]);
}

TEST_CASE("where SIGCHLD is ignored, a process that failed does not count as a success") {
  CHECK(in_child([] {
          ::signal(SIGCHLD, SIG_IGN);
          Process process{[] { return 3; }};
          process.start();
          process.join();
          return std::string(process.exit_code() == 0 ? "success" : "no success");
        }) == "no success");
}

TEST_CASE("an exception in a forked function never gets back into the parent's code") {
  CHECK(in_child([] {
          const pid_t parent = ::getpid();
          ::close(2);
          try {
            auto child = mpr::os::fork_child([]() -> int { throw 1; });
            return std::string(child.wait().status.success() ? "success" : "failure");
          } catch (...) {
            if (::getpid() != parent) ::_exit(0);
            return std::string("thrown");
          }
        }) == "failure");
}
