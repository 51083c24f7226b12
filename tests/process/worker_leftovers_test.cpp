// What a worker guarantees of the processes that its tasks leave behind, of large outputs, and of its own end.
#include <fcntl.h>

#include <algorithm>

#include "support/process_table.hpp"
#include "support/temp_dir.hpp"
#include "worker_fixture.hpp"

using namespace mpr;
using namespace mpr::test;
using namespace std::chrono_literals;
using worker::Ending;

namespace {

pid_t number_in(const std::string& text) {
  return std::stoi(text);
}

}  // namespace

TEST_CASE("a task is over when its process is, and what it left is ended and told") {
  const NothingLeft nothing_left;
  WorkerUnderTest worker;
  for (const std::string& left : std::vector<std::string>{
           "sleep 1000 & echo $!", "setsid sleep 1000 & echo $!",
           "(setsid sh -c 'echo $$; exec sleep 1000' & sleep 0.05) & wait",
           "(trap '' TERM HUP INT; setsid sh -c 'echo $$; while :; do sleep 1000; done' &) ; sleep 0.05"}) {
    CAPTURE(left);
    const Report report = worker.run(left);
    REQUIRE(report.result);
    CHECK(report.result->ending == Ending::exited);
    CHECK(report.result->success());
    CHECK(report.result->leaked);
    CHECK(report.result->elapsed < 4s);
    CHECK_FALSE(exists(number_in(report.out)));
  }
}

TEST_CASE("a task whose background process ends by itself in a moment has left nothing, and that output counts") {
  const NothingLeft nothing_left;
  WorkerUnderTest worker;
  const Report report = worker.run("(sleep 0.02; echo late) & echo early");
  CHECK(report.out == "early\nlate\n");
  CHECK_FALSE(report.result->leaked);
}

TEST_CASE("a background process that closed the pipes is ended too") {
  const NothingLeft nothing_left;
  WorkerUnderTest worker;
  const Report report = worker.run("sleep 1000 >/dev/null 2>&1 & echo $!");
  CHECK(report.result->leaked);
  CHECK_FALSE(exists(number_in(report.out)));
}

TEST_CASE("a task that closes its pipes goes on running") {
  const NothingLeft nothing_left;
  WorkerUnderTest worker;
  const TempDir dir;
  const Report report = worker.run("echo out; exec >&- 2>&-; sleep 0.05; touch " + dir / "done");
  CHECK(report.result->success());
  CHECK(report.out == "out\n");
  CHECK(mpr::test::exists(dir / "done"));
}

TEST_CASE("more background processes than there are descriptors to watch them with are ended") {
  const NothingLeft nothing_left;
  worker::WorkerOptions options = WorkerUnderTest::default_options();
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const rlimit few{64, before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &few);
  {
    WorkerUnderTest worker{options};
    ::setrlimit(RLIMIT_NOFILE, &before);
    const Report report = worker.run("for i in $(seq 100); do sleep 1000 & done; echo started");
    REQUIRE(report.result);
    CHECK(report.out == "started\n");
    CHECK(report.result->ending == Ending::exited);
    CHECK(report.result->leaked);
    CHECK(children_of(worker.pid()).empty());
    CHECK(worker.run("echo next").out == "next\n");
  }
}

TEST_CASE("ten megabytes on both streams come through while the parent reads slowly") {
  const NothingLeft nothing_left;
  WorkerUnderTest worker;
  worker.post(1, {MPR_TEST_PROGRAMS "/helper", "write-both", "10000000"});
  worker.send();
  // As slow as a parent can be: a page at a time.
  ::fcntl(worker.results().fd().get(), F_SETPIPE_SZ, 4096);
  const Report& report = worker.await(1);
  REQUIRE(report.result);
  CHECK(report.result->success());
  CHECK(report.out.size() == 10'000'000);
  CHECK((report.out == report.err));
}

TEST_CASE("a worker needs little memory however much a task writes and however slowly it is read") {
  const NothingLeft nothing_left;
  WorkerUnderTest worker;
  // So that the worker always has something that was not taken.
  ::fcntl(worker.results().fd().get(), F_SETPIPE_SZ, 4096);
  worker.post_script(1, "head -c 100000000 /dev/zero");
  worker.send();
  size_t received = 0;
  while (received < 99'000'000) {
    REQUIRE(worker.read());
    auto& out = worker.reports[1].out;
    received += out.size();
    out.clear();
  }
  const std::string status = read_file("/proc/" + std::to_string(worker.pid()) + "/status");
  const long peak_kib = std::stol(status.substr(status.find("VmHWM:") + 6));
  const std::string own = read_file("/proc/self/status");
  const long inherited_kib = std::stol(own.substr(own.find("VmHWM:") + 6));
  CHECK(peak_kib < inherited_kib + 20'000 * kSlowness);
  CHECK(worker.await(1).result->success());
}

TEST_CASE("when the task queue ends, the worker ends its task with all that belongs to it, and itself") {
  const NothingLeft nothing_left;
  WorkerUnderTest worker;
  worker.post_script(1, "trap '' TERM; setsid sleep 1000 & echo $!; echo ready; while :; do sleep 1000; done");
  worker.post_script(2, "echo never");
  worker.send();
  worker.await_output(1, "ready\n");
  const pid_t escaped = number_in(worker.reports[1].out);
  const auto begin = Clock::now();
  CHECK(worker.finish() == 0);
  CHECK(Clock::now() - begin < 4s * kSlowness);
  CHECK_FALSE(exists(escaped));
  CHECK(worker.reports.count(2) == 0);
}

TEST_CASE("a worker whose results nobody takes ends with its task queue all the same") {
  const NothingLeft nothing_left;
  WorkerUnderTest worker;
  worker.post(1, {"yes"});
  worker.send();
  worker.await_output(1, "y\n");
  worker.tasks().close();
  worker.process().join();
  CHECK(worker.process().exit_code() == 0);
}

TEST_CASE("a worker whose result queue has no reader ends its task and itself") {
  const NothingLeft nothing_left;
  WorkerUnderTest worker;
  worker.post(1, {"yes"});
  worker.send();
  worker.await_output(1, "y\n");
  worker.results().close();
  worker.process().join();
  CHECK(worker.process().exit_code() == 0);
}

TEST_CASE("the task of a killed worker dies with it") {
  CHECK(in_child([]() -> std::string {
          ::prctl(PR_SET_CHILD_SUBREAPER, 1);
          WorkerUnderTest worker;
          worker.post_script(1, "echo $$; exec sleep 1000");
          worker.send();
          worker.await_output(1, "\n");
          const pid_t task = number_in(worker.reports[1].out);
          worker.process().kill();
          worker.process().join();
          int status = 0;
          if (::waitpid(task, &status, 0) != task) return "the task did not come to us";
          return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? "killed" : "not killed";
        }) == "killed");
}

TEST_CASE("where SIGCHLD is ignored, the exit status of a task is known all the same") {
  CHECK(in_child([] {
          ::signal(SIGCHLD, SIG_IGN);
          std::string text;
          {
            WorkerUnderTest worker;
            text = worker.run("exit 3").result->status.text();
          }
          return text;
        }) == "exit status 3");
}

TEST_CASE("what a long task orphans is not left as zombies until it ends") {
  const NothingLeft nothing_left;
  WorkerUnderTest worker;
  worker.post_script(1, "for i in 1 2 3 4 5; do (true &) ; done; echo ready; sleep 1000");
  worker.send();
  worker.await_output(1, "ready\n");
  // The shell itself is one.
  CHECK(wait_until([&] { return children_of(worker.pid()).size() == 1; }));
}
