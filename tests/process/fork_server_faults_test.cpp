// Fork servers that die, are stopped, cannot be had or cannot be made.
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <memory>
#include <thread>

#include "fork_server_fixture.hpp"
#include "support/process_table.hpp"
#include "support/temp_dir.hpp"

using namespace mpr;
using namespace mpr::test;
using namespace std::chrono_literals;
using worker::Ending;

TEST_CASE("a server that is killed between tasks is replaced") {
  const NothingLeft nothing_left;
  ForkServerUnderTest worker;
  for (int i = 0; i < 3; ++i) {
    const pid_t server = worker.server();
    ::kill(server, SIGKILL);
    CHECK(worker.forked({"count"}).out == "1 1\n");
    CHECK(worker.server() != server);
    CHECK_FALSE(exists(server));
  }
}

TEST_CASE("a server that is killed during a task leaves the task alone") {
  const NothingLeft nothing_left;
  const TempDir dir;
  const std::string go = dir / "go";
  REQUIRE(::mkfifo(go.c_str(), 0600) == 0);
  ForkServerUnderTest worker;
  worker.post(1, {"sh", "-c", "echo started; read line < \"$0\"; echo went on", go});
  worker.send();
  worker.await_output(1, "started\n");
  for (const pid_t child : children_of(worker.pid())) {
    if (::getpgid(child) == child && read_file("/proc/" + std::to_string(child) + "/cmdline").size() == 3) {
      // Both are called "sh": the server is the one without a parent's pipe, and older.
      ::kill(child, SIGKILL);
      break;
    }
  }
  const os::UniqueFd gate{::open(go.c_str(), O_WRONLY | O_CLOEXEC)};
  REQUIRE(::write(gate.get(), "go\n", 3) == 3);
  CHECK(worker.await(1).out == "started\nwent on\n");
  CHECK(worker.reports[1].result->success());
  CHECK_FALSE(worker.reports[1].result->leaked);
  CHECK(worker.run_words({"sh", "-c", "echo next"}).out == "next\n");
}

TEST_CASE("a server that is stopped holds its task up no longer than the task's timeout") {
  const NothingLeft nothing_left;
  ForkServerUnderTest worker;
  const pid_t server = worker.server();
  ::kill(server, SIGSTOP);
  worker.like.timeout = 100ms;
  const Report report = worker.forked({"count"});
  CHECK((report.result->ending == Ending::timed_out || report.result->success()));
  CHECK(report.result->elapsed < 4s);
  worker.like.timeout.reset();
  CHECK(worker.forked({"count"}).out == "1 1\n");
}

TEST_CASE("a thousand forked tasks leave no descriptor and no process behind") {
  const NothingLeft nothing_left;
  ForkServerUnderTest worker;
  const pid_t server = worker.server();
  const auto count = [](pid_t pid) {
    const std::filesystem::directory_iterator entries("/proc/" + std::to_string(pid) + "/fd");
    return std::distance(begin(entries), end(entries));
  };
  // It closes 0, 1 and 2, which it has passed on, after it has told of it.
  const auto idle = [&] {
    return wait_until([&] { return !mpr::test::exists("/proc/" + std::to_string(server) + "/fd/2"); });
  };
  REQUIRE(idle());
  const auto of_worker = count(worker.pid());
  const auto of_server = count(server);
  for (unsigned number = 1; number <= 1000; ++number) worker.post(number, {kForked, "words", std::to_string(number)});
  worker.send();
  for (unsigned number = 1; number <= 1000; ++number) {
    REQUIRE(worker.await(number).out == "[" + std::to_string(number) + "]\n" + kForked + " forked\n");
  }
  CHECK(count(worker.pid()) == of_worker);
  REQUIRE(idle());
  CHECK(count(server) == of_server);
  CHECK(children_of(worker.pid()) == std::vector<pid_t>{server});
}

TEST_CASE("a program that no fork server can be made of fails its task with the reason") {
  const NothingLeft nothing_left;
  const TempDir dir;
  const std::string prefix = "no fork server can be made of it: ";
  const std::string script = dir.write("script", "#!/bin/sh\necho no\n");
  ::chmod(script.c_str(), 0755);
  ForkServerUnderTest worker;
  CHECK(failure_of(worker.run_words({script})) == prefix + "it is a script");
  CHECK(failure_of(worker.run_words({MPR_TEST_PROGRAMS "/forked_static"})) == prefix + "it is statically linked");
  CHECK(failure_of(worker.run_words({"/no/such/program"})) == "No such file or directory");
  CHECK(worker.run("echo fine").out == "fine\n");
}

TEST_CASE("a program that does not come to its main fails its task with the reason, and is not left behind") {
  const NothingLeft nothing_left;
  const std::string prefix = "no fork server can be made of it: ";
  ForkServerUnderTest worker;
  worker.like.command.environment = {"FORKED_AT_LOAD=exit"};
  CHECK(failure_of(worker.forked({"count"})) == prefix + "it ended while it was being loaded");
  worker.like.command.environment = {"FORKED_AT_LOAD=crash"};
  CHECK(failure_of(worker.forked({"count"})) == prefix + "it ended while it was being loaded");
  worker.like.command.environment = {"FORKED_AT_LOAD=thread"};
  CHECK(failure_of(worker.forked({"count"})) == prefix + "it starts threads before its main()");
  worker.like.command.environment = {"FORKED_AT_LOAD=hang"};
  worker.like.timeout = 100ms;
  CHECK(failure_of(worker.forked({"count"})) == prefix + "it was not loaded in time");
  CHECK(children_of(worker.pid()).empty());
}

TEST_CASE("what a constructor prints is in the output of the task that had the program loaded") {
  const NothingLeft nothing_left;
  ForkServerUnderTest worker;
  worker.like.command.environment = {"FORKED_AT_LOAD=print"};
  CHECK(worker.forked({"count"}).out == "loading\n1 1\n");
  CHECK(worker.forked({"count"}).out == "1 1\n");
}

TEST_CASE("a library that is missing is told on the task's stderr") {
  const NothingLeft nothing_left;
  ForkServerUnderTest worker;
  worker.like.command.environment = {"LD_BIND_NOW=1", "LD_PRELOAD=/no/such/library.so"};
  const Report report = worker.forked({"count"});
  CHECK(report.out == "1 1\n");
  CHECK(report.err.find("/no/such/library.so") != std::string::npos);
}

TEST_CASE("servers die with their worker") {
  CHECK(in_child([]() -> std::string {
          ::prctl(PR_SET_CHILD_SUBREAPER, 1);
          ForkServerUnderTest worker;
          worker.post(1, {kForked, "server"});
          worker.send();
          while (!worker.reports[1].result && worker.read()) {
          }
          const pid_t server = std::stoi(worker.reports[1].out);
          worker.process().kill();
          worker.process().join();
          int status = 0;
          if (::waitpid(server, &status, 0) != server) return "the server did not come to us";
          return WIFSIGNALED(status) || WIFEXITED(status) ? "ended" : "not ended";
        }) == "ended");
}

TEST_CASE("a cancel ends the loading of a program, too") {
  const NothingLeft nothing_left;
  const TempDir dir;
  ForkServerUnderTest worker;
  worker.like.command.environment = {"FORKED_AT_LOAD=hang", "FORKED_LOADING=" + (dir / "loading")};
  worker.post(1, {kForked, "count"});
  worker.send();
  REQUIRE(wait_until([&] { return mpr::test::exists(dir / "loading"); }));
  worker.post(worker::Order::cancel);
  worker.send();
  CHECK(worker.await(1).result->ending == Ending::cancelled);
  CHECK(children_of(worker.pid()).empty());
}

TEST_CASE("a worker that is short of descriptors fails its forked tasks, and survives") {
  const NothingLeft nothing_left;
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  bool failed = false;
  bool succeeded = false;
  for (rlim_t most = open_descriptors() + 1; !succeeded; ++most) {
    const rlimit few{most, before.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &few);
    std::unique_ptr<ForkServerUnderTest> worker;
    try {
      worker = std::make_unique<ForkServerUnderTest>();
    } catch (const std::system_error& error) {
      CHECK(error.code().value() == EMFILE);
    }
    ::setrlimit(RLIMIT_NOFILE, &before);
    if (!worker) continue;
    for (int i = 0; i < 2; ++i) {
      const auto result = worker->forked({"count"}).result;
      REQUIRE(result);
      if (result->ending == Ending::could_not_start) CHECK(result->failure.error == EMFILE);
      failed = failed || result->ending == Ending::could_not_start;
      succeeded = result->success();
    }
    CHECK(children_of(worker->pid()).size() <= 1);
  }
  CHECK(failed);
}
