#include "worker/worker.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

#include "support/temp_dir.hpp"
#include "worker_fixture.hpp"

using namespace mpr;
using namespace mpr::test;
using namespace std::chrono_literals;
using worker::Ending;
using worker::Order;

namespace {

std::string last_word(const std::string& text) {
  const auto end = text.find_last_not_of(" \n");
  return text.substr(text.find_last_of(" \n", end) + 1, end - text.find_last_of(" \n", end));
}

bool gone(const std::string& pid) {
  return !exists(std::stoi(pid));
}

}  // namespace

TEST_CASE("a worker runs a task and tells what it printed and how it ended") {
  const NothingLeft nothing_left;
  WorkerUnderTest worker;
  const Report report = worker.run("echo out; echo err >&2; exit 3");
  CHECK(report.out == "out\n");
  CHECK(report.err == "err\n");
  REQUIRE(report.result);
  CHECK(report.result->ending == Ending::exited);
  CHECK(report.result->status == os::ExitStatus::exited(3));
  CHECK_FALSE(report.result->leaked);
  CHECK(report.result->elapsed > 0ns);
  CHECK(report.result->elapsed < 10s);
  CHECK(report.result->usage.max_rss_kib > 0);
  CHECK(worker.finish() == 0);
}

TEST_CASE("a worker runs its tasks in the order in which they were sent") {
  const NothingLeft nothing_left;
  WorkerUnderTest worker;
  for (unsigned number = 1; number <= 50; ++number) worker.post(number, {"echo", std::to_string(number)});
  worker.send();
  for (unsigned number = 1; number <= 50; ++number) CHECK(worker.await(number).out == std::to_string(number) + "\n");
  CHECK(std::is_sorted(worker.came_back.begin(), worker.came_back.end()));
  CHECK(worker.finish() == 0);
}

TEST_CASE("a task knows its number, slot, attempt and run, and whatever mpr knew of these is replaced") {
  const NothingLeft nothing_left;
  ::setenv("MPR_TASK", "stale", 1);
  worker::WorkerOptions options = WorkerUnderTest::default_options();
  options.slot = 7;
  WorkerUnderTest worker{options};
  ::unsetenv("MPR_TASK");
  CHECK(worker.run("env | grep ^MPR_ | sort").out == "MPR_ATTEMPT=1\nMPR_RUN=test-run\nMPR_SLOT=7\nMPR_TASK=1\n");
  CHECK(worker.run("echo $MPR_TASK").out == "2\n");
}

TEST_CASE("a task reads nothing, leads its own group and has three descriptors") {
  const NothingLeft nothing_left;
  WorkerUnderTest worker;
  CHECK(worker.run("cat; echo end").out == "end\n");
  CHECK(worker.run("test $(cut -d' ' -f5 /proc/$$/stat) = $$ && echo leader").out == "leader\n");
}

TEST_CASE("a task starts with the signals and the limit that were asked for") {
  const NothingLeft nothing_left;
  worker::WorkerOptions options = WorkerUnderTest::default_options();
  ::sigaddset(&options.signals.ignored, SIGUSR1);
  ::sigaddset(&options.signals.mask, SIGUSR2);
  options.open_files.rlim_cur = 77;
  WorkerUnderTest worker{options};
  worker.post(1, {"grep", "-E", "SigBlk|SigIgn", "/proc/self/status"});
  worker.send();
  CHECK(worker.await(1).out == "SigBlk:\t0000000000000800\nSigIgn:\t0000000000000200\n");
  worker.post_script(2, "ulimit -Sn");
  worker.send();
  CHECK(worker.await(2).out == "77\n");
}

TEST_CASE("a program that cannot be started fails its task, and the worker goes on") {
  const NothingLeft nothing_left;
  WorkerUnderTest worker;
  worker.post(1, {"/no/such/program"});
  worker.post(2, {"no-such-program"});
  worker.post(3, {"/bin/true", std::string(200'000, 'x')});
  worker.post(4, {"echo", "fine"});
  worker.send();
  for (const unsigned number : {1U, 2U, 3U}) {
    const auto result = worker.await(number).result;
    REQUIRE(result);
    CHECK(result->ending == Ending::could_not_start);
    CHECK(result->failure.error == (number == 3 ? E2BIG : ENOENT));
  }
  CHECK(worker.await(4).out == "fine\n");
}

TEST_CASE("a recall gives back exactly the tasks that have not been started") {
  const NothingLeft nothing_left;
  const TempDir dir;
  const std::string go = dir / "go";
  REQUIRE(::mkfifo(go.c_str(), 0600) == 0);
  WorkerUnderTest worker;
  worker.post(1, {"sh", "-c", "echo started; read line < \"$0\"; echo went on", go});
  worker.post_script(2, "echo two");
  worker.post_script(3, "echo three");
  worker.send();
  worker.await_output(1, "started\n");
  worker.post(Order::recall);
  worker.send();
  CHECK(worker.await(2).returned);
  CHECK(worker.await(3).returned);
  CHECK_FALSE(worker.reports[1].result);
  const os::UniqueFd gate{::open(go.c_str(), O_WRONLY | O_CLOEXEC)};
  REQUIRE(::write(gate.get(), "go\n", 3) == 3);
  CHECK(worker.await(1).out == "started\nwent on\n");
  CHECK(worker.reports[1].result->success());
  worker.post_script(4, "echo four");
  worker.send();
  CHECK(worker.await(4).out == "four\n");
}

TEST_CASE("a recall of nothing gives nothing back") {
  const NothingLeft nothing_left;
  WorkerUnderTest worker;
  worker.post(Order::recall);
  worker.send();
  CHECK(worker.run("echo one").out == "one\n");
  CHECK(worker.came_back == std::vector<worker::TaskNumber>{1});
}

TEST_CASE("everything recalled comes back, also more of it than the result queue holds") {
  const NothingLeft nothing_left;
  // All is in the queue before there is a worker, so that it reads the tasks and the recall in one go.
  OneWayPipe down = make_one_way_pipe();
  OneWayPipe up = make_one_way_pipe();
  REQUIRE(::fcntl(up.writer.fd().get(), F_SETPIPE_SZ, 4096) == 4096);
  worker::FramePoster poster;
  constexpr unsigned kTasks = 700;
  for (unsigned number = 1; number <= kTasks; ++number) {
    worker::Task task;
    task.number = number;
    task.command.argv = {"true"};
    poster.post(down.writer, task);
  }
  poster.post(down.writer, Order::recall);
  REQUIRE(down.writer.unsent() < 65536);
  REQUIRE(down.writer.flush() == os::IoState::done);
  mpr::Process process{[](Connection tasks, Connection results) {
                         return worker::worker_main(std::move(tasks), std::move(results),
                                                    WorkerUnderTest::default_options());
                       },
                       std::move(down.reader), std::move(up.writer)};
  process.start();
  up.reader.set_nonblocking();
  unsigned came_back = 0;
  const bool all = wait_until([&] {
    (void)up.reader.fill();
    while (up.reader.next()) ++came_back;
    return came_back == kTasks;
  });
  CHECK(all);
  CHECK(came_back == kTasks);
  down.writer.close();
  up.reader.close();
}

TEST_CASE("a cancel ends the running task with SIGTERM and gives back the rest") {
  const NothingLeft nothing_left;
  WorkerUnderTest worker;
  worker.post_script(1, "trap 'echo got TERM; exit 5' TERM; echo ready; while :; do sleep 0.01; done");
  worker.post_script(2, "echo two");
  worker.send();
  worker.await_output(1, "ready\n");
  worker.post(Order::cancel);
  worker.send();
  CHECK(worker.await(2).returned);
  const Report& report = worker.await(1);
  REQUIRE(report.result);
  CHECK(report.result->ending == Ending::cancelled);
  CHECK(report.result->status.code() == 5);
  CHECK(report.out == "ready\ngot TERM\n");
}

TEST_CASE("a task is told once that it is to end") {
  const NothingLeft nothing_left;
  WorkerUnderTest worker;
  worker.post(1,
              {"bash", "-c", "trap 'echo TERM' TERM; echo ready; for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.02; done"});
  worker.send();
  worker.await_output(1, "ready\n");
  worker.post(Order::cancel);
  worker.send();
  CHECK(worker.await(1).out == "ready\nTERM\n");
}

TEST_CASE("a worker runs what it is given after a cancel") {
  const NothingLeft nothing_left;
  WorkerUnderTest worker;
  worker.post(Order::cancel);
  worker.send();
  CHECK(worker.run("echo one").result->success());
}

TEST_CASE("a task that takes too long is ended, with all that it started") {
  const NothingLeft nothing_left;
  WorkerUnderTest worker;
  worker.like.timeout = 200ms;
  const Report report = worker.run("sleep 1000 & setsid sleep 1000 & echo $!; wait");
  REQUIRE(report.result);
  CHECK(report.result->ending == Ending::timed_out);
  CHECK(report.result->status.signal() == SIGTERM);
  CHECK(report.result->elapsed >= 200ms);
  CHECK(report.result->elapsed < 4s);
  CHECK(gone(last_word(report.out)));
}

TEST_CASE("a task that ignores SIGTERM is killed after a while") {
  const NothingLeft nothing_left;
  WorkerUnderTest worker;
  worker.like.timeout = 50ms;
  worker.like.kill_after = 100ms;
  const auto result = worker.run("trap '' TERM; while :; do sleep 1000; done").result;
  REQUIRE(result);
  CHECK(result->ending == Ending::timed_out);
  CHECK(result->status.signal() == SIGKILL);
  CHECK(result->elapsed < 4s);
}

TEST_CASE("what a killed task leaves behind is killed too, and at once") {
  const NothingLeft nothing_left;
  WorkerUnderTest worker;
  worker.like.timeout = 200ms;
  worker.like.kill_after = 100ms;
  const Report report = worker.run("trap '' TERM; setsid sleep 1000 & echo $!; wait; sleep 1000");
  REQUIRE(report.result);
  CHECK(report.result->status.signal() == SIGKILL);
  CHECK(report.result->elapsed < 4s);
  CHECK(gone(last_word(report.out)));
}

TEST_CASE("a stopped task is ended by its timeout") {
  const NothingLeft nothing_left;
  WorkerUnderTest worker;
  worker.like.timeout = 100ms;
  CHECK(worker.run("kill -STOP $$").result->status.signal() == SIGTERM);
}
