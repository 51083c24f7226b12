// Forking beside threads, and being bound to one's parent.
#include "os/fork.hpp"

#include <sys/syscall.h>

#include <atomic>
#include <thread>

#include "os/shared_mapping.hpp"
#include "support/process_support.hpp"
#include "support/temp_dir.hpp"

using namespace mpr::os;
using namespace mpr::test;
using mpr::test::read_file;

namespace {

int code_of(ProcessHandle child) {
  return child.wait().status.code();
}

/// A thread that does nothing until the end of the scope.
class IdleThread {
 public:
  IdleThread() = default;
  IdleThread(const IdleThread&) = delete;
  IdleThread& operator=(const IdleThread&) = delete;
  ~IdleThread() {
    stop_ = true;
    stop_.notify_all();
    thread_.join();
  }

 private:
  std::atomic<bool> stop_ = false;
  std::thread thread_{[this] { stop_.wait(false); }};
};

}  // namespace

TEST_CASE("a process with another thread is not forked") {
  const NothingLeft nothing_left;
  const IdleThread thread;
  CHECK_THROWS_AS(fork_child([] { return 0; }), ThreadsRunning);
}

TEST_CASE("threads that have been joined do not count, however late they leave the kernel") {
  const NothingLeft nothing_left;
  // With no other thread at all, the C library would know, and nobody count.
  std::mutex quiet;
  const BystanderThread vouched(quiet);
  const IdleThread bystander;
  for (int i = 0; i < 200; ++i) {
    std::thread([] {}).join();
    REQUIRE(code_of(fork_child([] { return 7; })) == 7);
  }
}

TEST_CASE("a thread that has ended, but is still listed, does not count") {
  // The main thread is: it stays, as a zombie, until the others have ended.
  CHECK(in_child([]() -> std::string {
          std::thread([] {
            const std::string main_thread = "/proc/self/task/" + std::to_string(::getpid()) + "/stat";
            const bool ended = wait_until([&] { return read_file(main_thread).find(") Z ") != std::string::npos; });
            std::string said = ended ? "forked" : "still there";
            try {
              if (code_of(fork_child([] { return 7; })) != 7) said = "failed";
            } catch (const ThreadsRunning&) {
              said = "refused";
            }
            ::_exit(::write(kAnswerFd, said.data(), said.size()) > 0 ? 0 : 1);
          }).detach();
          ::syscall(SYS_exit, 0);
          return "not ended";
        }) == "forked");
}

TEST_CASE("a thread that is vouched for does not count, another one beside it does") {
  const NothingLeft nothing_left;
  std::mutex quiet;
  {
    const BystanderThread vouched(quiet);
    const IdleThread bystander;
    CHECK(code_of(fork_child([] { return 7; })) == 7);
    const IdleThread other;
    CHECK_THROWS_AS(fork_child([] { return 0; }), ThreadsRunning);
  }
  const IdleThread later;
  CHECK_THROWS_AS(fork_child([] { return 0; }), ThreadsRunning);
}

TEST_CASE("a child never sees what a bystander is in the middle of, and can take its lock") {
  const NothingLeft nothing_left;
  std::mutex quiet;
  volatile int first = 0;
  volatile int second = 0;
  std::atomic<bool> stop = false;
  const BystanderThread vouched(quiet);
  std::thread bystander([&] {
    while (!stop) {
      const std::lock_guard guard(quiet);
      first = first + 1;
      std::this_thread::yield();
      second = second + 1;
    }
  });
  int torn = 0;
  for (int i = 0; i < 50; ++i) {
    torn += code_of(fork_child([&] {
      const bool free = quiet.try_lock();
      return free && first == second ? 0 : 1;
    }));
  }
  stop = true;
  bystander.join();
  CHECK(torn == 0);
}

TEST_CASE("a child of a process with a bystander has no bystanders, and can fork") {
  const NothingLeft nothing_left;
  std::mutex quiet;
  const BystanderThread vouched(quiet);
  const IdleThread bystander;
  CHECK(code_of(fork_child([] {
          if (code_of(fork_child([] { return 7; })) != 7) return 1;
          const IdleThread thread;
          try {
            (void)fork_child([] { return 0; });
          } catch (const ThreadsRunning&) {
            return 5;
          }
          return 2;
        })) == 5);
}

TEST_CASE("a bystander itself cannot fork") {
  const NothingLeft nothing_left;
  std::mutex quiet;
  const BystanderThread vouched(quiet);
  bool refused = false;
  std::thread bystander([&] {
    BystanderThread::enter();
    try {
      (void)fork_child([] { return 0; });
    } catch (const ThreadsRunning&) {
      refused = true;
    }
  });
  bystander.join();
  CHECK(refused);
}

TEST_CASE("what is to be called in children is called in each, before its body") {
  const NothingLeft nothing_left;
  static int calls = 0;
  at_fork_in_child([] { ++calls; });
  CHECK(code_of(fork_child([] { return calls; })) == 1);
  CHECK(code_of(fork_child([] { return code_of(fork_child([] { return calls; })); })) == 2);
  CHECK(calls == 0);
}

TEST_CASE("a child that is bound to its parent is killed when that ends, or at once if it has ended") {
  const NothingLeft nothing_left;
  const bool late = GENERATE(false, true);
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  const SharedObject<std::atomic<bool>> bound;
  ProcessHandle middle = fork_child([&] {
    const pid_t parent = ::getpid();
    (void)fork_child([&] {
      while (late && ::getppid() == parent) std::this_thread::yield();
      die_with_parent(parent);
      *bound = true;
      if (!late) sleep_for(kSoon);
      return ::write(ends[1], "alive", 5) == 5 ? 0 : 1;
    });
    while (!late && !*bound) std::this_thread::yield();
    return 0;
  });
  CHECK(middle.wait().status.success());
  ::close(ends[1]);
  // The end comes when the grandchild, which has the other copy, is gone.
  CHECK(read_all(ends[0]).empty());
  ::close(ends[0]);
}

TEST_CASE("a parent can be watched as long as it is one") {
  const NothingLeft nothing_left;
  const pid_t parent = ::getpid();
  CHECK(code_of(fork_child([&] { return open_parent(parent) ? 1 : 0; })) == 1);
  CHECK(code_of(fork_child([&] { return open_parent(::getpid()) ? 1 : 0; })) == 0);
}
