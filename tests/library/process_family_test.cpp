// Processes as a family: names, parents, children, daemons, and the end of a program.
#include <cstdlib>
#include <thread>

#include "killing.hpp"
#include "mpr/connection.hpp"
#include "mpr/process.hpp"
#include "mpr/wait.hpp"
#include "os/shared_mapping.hpp"
#include "support/process_support.hpp"
#include "support/process_table.hpp"
#include "support/running.hpp"

using namespace mpr::test;
using namespace std::chrono_literals;
using mpr::Process;

namespace {

/// What a function that runs as a Process says.
std::string answer_of(const std::function<std::string()>& question) {
  mpr::OneWayPipe pipe = mpr::make_one_way_pipe();
  Process process([&](mpr::Connection to) { to.send(question()); }, std::move(pipe.writer));
  process.start();
  const auto answer = pipe.reader.recv<std::string>();
  process.join();
  return answer.value_or("no answer, exit code " + std::to_string(process.exit_code().value()));
}

using Pids = mpr::os::SharedObject<std::array<std::atomic<int>, 4>>;

}  // namespace

TEST_CASE("the main process knows itself") {
  const mpr::ProcessInfo me = mpr::current_process();
  CHECK(me.pid == ::getpid());
  CHECK(me.name == "MainProcess");
  CHECK_FALSE(me.daemon);
  CHECK_FALSE(mpr::parent_process());
}

TEST_CASE("a child knows its own name and pid, and its parent's") {
  const NothingLeft nothing_left;
  const int parent = ::getpid();
  CHECK(answer_of([&] {
          const auto known = mpr::parent_process();
          const bool right = known && known->pid() == parent && known->name() == "MainProcess" && known->is_alive() &&
                             mpr::current_process().pid == ::getpid() && !known->join_for(0ns);
          return right ? mpr::current_process().name : "wrong";
        }).substr(0, 8) == "Process-");
}

TEST_CASE("names count up, those of grandchildren within their parents', and may be chosen") {
  const NothingLeft nothing_left;
  Process first([] {});
  Process second([] {});
  const auto number = [](const Process& process) { return std::stoi(process.name().substr(8)); };
  CHECK(number(second) == number(first) + 1);
  Process named({.name = "reader"}, [] { return mpr::current_process().name == "reader" ? 0 : 1; });
  CHECK(named.name() == "reader");
  named.start();
  named.join();
  CHECK(named.exit_code() == 0);
  const std::string nested = answer_of([] {
    Process child([] {});
    return mpr::current_process().name + " " + child.name();
  });
  const std::string parent = nested.substr(0, nested.find(' '));
  CHECK(nested == parent + " " + parent + ":1");
}

TEST_CASE("the daemon flag is inherited unless it is set") {
  const NothingLeft nothing_left;
  CHECK_FALSE(Process([] {}).daemon());
  Process daemon({.daemon = true}, [] {
    const bool inherited = Process([] {}).daemon();
    const bool overridden = Process({.daemon = false}, [] {}).daemon();
    return mpr::current_process().daemon && inherited && !overridden ? 0 : 1;
  });
  CHECK(daemon.daemon());
  daemon.start();
  daemon.join();
  CHECK(daemon.exit_code() == 0);
}

TEST_CASE("active children are those that have been started and not ended; the others are joined") {
  const NothingLeft nothing_left;
  CHECK(mpr::active_children().empty());
  mpr::OneWayPipe gate = mpr::make_one_way_pipe();
  Process short_one([] { return 3; });
  Process long_one(
      {.name = "long"}, [](mpr::Connection until) { (void)until.recv_bytes(); }, std::move(gate.reader));
  CHECK(mpr::active_children().empty());
  long_one.start();
  short_one.start();
  REQUIRE(wait_until([&] { return mpr::active_children().size() == 1; }));
  CHECK(mpr::active_children()[0].pid == long_one.pid());
  CHECK(mpr::active_children()[0].name == "long");
  CHECK(children_of(::getpid()).size() == 1);
  CHECK(short_one.exit_code() == 3);
  CHECK(answer_of([] { return std::to_string(mpr::active_children().size()); }) == "0");
  gate.writer.close();
  long_one.join();
  CHECK(mpr::active_children().empty());
}

TEST_CASE("a child's children work down a tree, in order of depth") {
  const NothingLeft nothing_left;
  mpr::os::SharedObject<std::atomic<int>> visits;
  const std::function<void(int)> visit = [&](int depth) {
    ++*visits;
    if (depth == 3) return;
    for (int i = 0; i < 2; ++i) {
      Process child([&] { visit(depth + 1); });
      child.start();
      child.join();
    }
  };
  visit(0);
  CHECK(*visits == 15);
}

TEST_CASE("a child notices the death of its parent") {
  const NothingLeft nothing_left;
  mpr::OneWayPipe pipe = mpr::make_one_way_pipe();
  Process parent(
      [](mpr::Connection to) {
        Process child(
            [](mpr::Connection up) {
              const auto parent_of_mine = mpr::parent_process();
              up.send(parent_of_mine->is_alive());
              parent_of_mine->join();
              up.send(parent_of_mine->is_alive());
            },
            std::move(to));
        child.start();
        linger();
      },
      std::move(pipe.writer));
  parent.start();
  CHECK(pipe.reader.recv<bool>() == true);
  parent.kill();
  parent.join();
  CHECK(pipe.reader.recv_for<bool>(kSoon) == false);
  CHECK_FALSE(pipe.reader.recv_for<bool>(kSoon));
}

TEST_CASE("the sentinels of several processes are waited for together") {
  const NothingLeft nothing_left;
  mpr::OneWayPipe gate = mpr::make_one_way_pipe();
  Process quick([] {});
  Process slow([](mpr::Connection until) { (void)until.recv_bytes(); }, std::move(gate.reader));
  CHECK_THROWS_AS(quick.sentinel(), std::logic_error);
  slow.start();
  quick.start();
  CHECK(mpr::wait({slow, quick}) == std::vector<size_t>{1});
  gate.writer.close();
  CHECK(mpr::wait({slow}) == std::vector<size_t>{0});
}

TEST_CASE("close lets go of a process that has ended, and of no other") {
  const NothingLeft nothing_left;
  mpr::OneWayPipe gate = mpr::make_one_way_pipe();
  Process process([](mpr::Connection until) { (void)until.recv_bytes(); }, std::move(gate.reader));
  process.start();
  CHECK_THROWS_AS(process.close(), std::logic_error);
  gate.writer.close();
  process.join();
  process.close();
  process.close();
  CHECK_THROWS_AS(process.join(), std::logic_error);
  CHECK_THROWS_AS(process.is_alive(), std::logic_error);
  CHECK_THROWS_AS(process.terminate(), std::logic_error);
  CHECK_THROWS_AS(process.exit_code(), std::logic_error);
}

TEST_CASE("a hundred short and a hundred terminated processes have the right exit codes") {
  const NothingLeft nothing_left;
  const ProgramSignals program_signals;
  std::vector<Process> short_ones;
  std::vector<Process> endless;
  for (int i = 0; i < 100; ++i) {
    short_ones.emplace_back([i] { return i % 50; });
    endless.emplace_back(linger);
    short_ones.back().start();
    endless.back().start();
  }
  for (Process& process : endless) process.terminate();
  for (int i = 0; i < 100; ++i) {
    short_ones[static_cast<size_t>(i)].join();
    endless[static_cast<size_t>(i)].join();
    CHECK(short_ones[static_cast<size_t>(i)].exit_code() == i % 50);
    CHECK(endless[static_cast<size_t>(i)].exit_code() == -SIGTERM);
  }
}

TEST_CASE("std::exit in a child is its exit code, whatever exit handlers it inherited") {
  const NothingLeft nothing_left;
  CHECK(in_child([] {
          Process outer([] {
            Process inner([] {
              ::dup2(::open("/dev/null", O_WRONLY), 1);
              std::exit(8);
            });
            inner.start();
            inner.join();
            return inner.exit_code().value();
          });
          outer.start();
          outer.join();
          return std::to_string(outer.exit_code().value());
        }) == "8");
}

TEST_CASE("only the process that started a child may join it, and its siblings leave it alone") {
  const NothingLeft nothing_left;
  mpr::OneWayPipe gate = mpr::make_one_way_pipe();
  auto elder =
      std::make_unique<Process>([](mpr::Connection until) { (void)until.recv_bytes(); }, std::move(gate.reader));
  elder->start();
  CHECK(answer_of([&]() -> std::string {
          try {
            elder->join();
          } catch (const std::logic_error&) {
            elder.reset();
            return "refused";
          }
          return "joined";
        }) == "refused");
  CHECK(elder->is_alive());
  gate.writer.close();
  elder->join();
  CHECK(elder->exit_code() == 0);
}

TEST_CASE("the descriptors of a child do not grow with the number of its siblings") {
  const NothingLeft nothing_left;
  const auto descriptors = [] { return answer_of([] { return std::to_string(open_descriptors()); }); };
  const std::string alone = descriptors();
  std::vector<Process> siblings;
  for (int i = 0; i < 10; ++i) {
    siblings.emplace_back(linger);
    siblings.back().start();
  }
  CHECK(descriptors() == alone);
  for (Process& sibling : siblings) sibling.kill();
}

TEST_CASE("the destructor of a daemon ends it, also if it ignores being asked") {
  const NothingLeft nothing_left;
  const ProgramSignals program_signals;
  const auto begin = std::chrono::steady_clock::now();
  {
    Process daemon({.daemon = true}, linger);
    daemon.start();
  }
  CHECK(std::chrono::steady_clock::now() - begin < kSoon);
  mpr::OneWayPipe ready = mpr::make_one_way_pipe();
  Process deaf(
      {.daemon = true},
      [](mpr::Connection to) {
        ::signal(SIGTERM, SIG_IGN);
        to.send(true);
        for (;;) ::pause();
      },
      std::move(ready.writer));
  deaf.start();
  REQUIRE(ready.reader.recv<bool>());
}

TEST_CASE("a daemon is gone with its parent, however that dies; another child lives on") {
  const NothingLeft nothing_left;
  const ProgramSignals program_signals;
  const Pids pids;
  Process parent([&] {
    auto* daemon = new Process({.daemon = true}, [&] {
      (*pids)[0] = ::getpid();
      linger();
    });
    auto* other = new Process([&] {
      (*pids)[1] = ::getpid();
      linger();
    });
    daemon->start();
    other->start();
    linger();
  });
  parent.start();
  REQUIRE(wait_until([&] { return (*pids)[0] != 0 && (*pids)[1] != 0; }));
  parent.kill();
  parent.join();
  CHECK(wait_until([&] { return !is_alive((*pids)[0]); }));
  CHECK(is_alive((*pids)[1]));
  ::kill((*pids)[1], SIGKILL);
}

TEST_CASE("at the end of a process its daemons are terminated and its other children waited for") {
  const NothingLeft nothing_left;
  const ProgramSignals program_signals;
  const Pids pids;
  mpr::os::SharedObject<std::atomic<int>> done;
  Process parent([&] {
    auto* daemon = new Process({.daemon = true}, [&] {
      (*pids)[0] = ::getpid();
      linger();
    });
    auto* other = new Process([&] {
      while ((*pids)[0] == 0) std::this_thread::yield();
      while (is_alive((*pids)[0]) && ++*done < 1'000'000) std::this_thread::yield();
      *done = -1;
    });
    daemon->start();
    other->start();
    while ((*pids)[0] == 0) std::this_thread::yield();
  });
  parent.start();
  parent.join();
  CHECK(parent.exit_code() == 0);
  CHECK(*done == -1);
  CHECK_FALSE(is_alive((*pids)[0]));
}

TEST_CASE("a process works with standard streams closed") {
  const NothingLeft nothing_left;
  CHECK(in_child([] {
          for (const int fd : {0, 1, 2}) ::close(fd);
          Process good([] { return 4; });
          good.start();
          good.join();
          Process bad([] { throw std::runtime_error("nobody reads this"); });
          bad.start();
          bad.join();
          return std::to_string(*good.exit_code()) + std::to_string(*bad.exit_code());
        }) == "41");
}
