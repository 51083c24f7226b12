// What a job program does as many tasks of one process is what it does as many processes.
#include "worker/job_executor.hpp"

#include <algorithm>
#include <atomic>
#include <fstream>
#include <random>
#include <set>
#include <thread>

#include "support/census.hpp"
#include "support/process_table.hpp"
#include "support/running.hpp"
#include "support/temp_dir.hpp"
#include "worker/job_program.hpp"
#include "worker_fixture.hpp"

using namespace mpr;
using namespace mpr::test;
using namespace std::chrono_literals;
using worker::Batch;
using worker::Ending;
using worker::Order;

namespace {

std::string program(const std::string& name) {
  return std::string(MPR_TEST_PROGRAMS) + "/jobs/" + name;
}

using Words = std::vector<std::string>;

/// A task for each word.
Batch batch_of(const Words& words, worker::TaskNumber first = 1, const std::string& name = "deed") {
  Batch batch;
  batch.common.number = first;
  batch.common.command.argv = {program(name)};
  batch.place = first;
  batch.count = static_cast<uint32_t>(words.size());
  batch.common.executor = worker::ExecutorKind::persistent;
  worker::WireWriter wire;
  for (const std::string& word : words) wire.put(word);
  batch.requests.assign(wire.bytes().begin(), wire.bytes().end());
  return batch;
}

Words repeated(const std::string& word, size_t times) {
  return Words(times, word);
}

void run(WorkerUnderTest& worker, const Batch& batch) {
  worker.post(batch);
  worker.send();
  for (uint32_t task = 0; task < batch.count; ++task) worker.await(batch.common.number + task);
}

void check_same(const Report& report, const Result& plain) {
  REQUIRE(report.result);
  CHECK(report.result->ending == Ending::exited);
  CHECK(report.out == plain.out);
  CHECK(report.err == plain.err);
  CHECK(report.result->status.signal() == plain.signal);
  if (plain.signal == 0) CHECK(report.result->status.code() == plain.exit_status);
}

/// Each word as a task of one process, and as a process.
void check_as_plain(const Words& words) {
  const NothingLeft nothing_left;
  WorkerUnderTest worker;
  run(worker, batch_of(words));
  for (size_t task = 0; task < words.size(); ++task) {
    CAPTURE(task, words[task]);
    Options options;
    options.env = {{"MPR_TASK", std::to_string(task + 1)}, {"MPR_ATTEMPT", "1"}};
    check_same(worker.reports[task + 1], mpr::test::run({program("deed"), words[task]}, options));
  }
  CHECK(worker.finish() == 0);
}

Words between_prints(const Words& words) {
  Words mixed{"print"};
  for (const std::string& word : words) {
    mixed.push_back(word);
    mixed.emplace_back("print");
  }
  return mixed;
}

/// The task numbers that have been appended to the file, each as often as it was.
std::vector<unsigned> appended(const std::string& path) {
  std::ifstream file(path);
  std::vector<unsigned> numbers;
  for (unsigned number = 0; file >> number;) numbers.push_back(number);
  return numbers;
}

}  // namespace

TEST_CASE("a job program is known by its note, and others are none") {
  CHECK(worker::is_job_program(program("deed")));
  CHECK(worker::is_job_program(std::string(MPR_JOBS_DIR) + "/square"));
  CHECK_FALSE(worker::is_job_program("/bin/true"));
  CHECK_FALSE(worker::is_job_program("/nonexistent"));
  CHECK_FALSE(worker::is_job_program(MPR_BINARY));
}

TEST_CASE("what tasks of one process print in any way is theirs, as in processes of their own") {
  check_as_plain(between_prints(
      {"nothing", "cout", "cerr", "clog", "write", "perror", "system", "mixed", "more_than_a_buffer", "task", "fork"}));
}

TEST_CASE("tasks that change how streams are buffered print as in processes of their own") {
  check_as_plain({"print", "unbuffered", "unbuffered"});
  check_as_plain({"print", "unsynced", "unsynced"});
  check_as_plain({"wide", "wide"});
}

TEST_CASE("exceptions make the output and the exit status that they make of a process") {
  check_as_plain(
      between_prints({"throw:argument", "throw:error", "throw:number", "no such deed", "--help", "--wrong"}));
}

TEST_CASE("a task that ends its process is a task that did, and no other is touched") {
  check_as_plain(
      between_prints({"end:exit", "end:exit0", "end:_exit", "end:abort", "end:segv", "end:kill", "end:terminate"}));
}

TEST_CASE("large output comes whole, and is no other task's") {
  check_as_plain(between_prints({"big", "big_write", "big_write", "big"}));
}

TEST_CASE("a job of several parameters has its words, and those that the process was started with before them") {
  const NothingLeft nothing_left;
  WorkerUnderTest worker;
  Batch pairs = batch_of({"1", "2", "3", "4", "5", "x"}, 1, "add");
  pairs.count = 3;
  pairs.words_each = 2;
  run(worker, pairs);
  CHECK(worker.reports[1].out == "3\n");
  CHECK(worker.reports[2].out == "7\n");
  CHECK(worker.reports[3].err == "add: 'x' is not a number\n");
  CHECK(worker.reports[3].result->status == os::ExitStatus::exited(2));
  Batch fixed = batch_of({"1", "2"}, 11, "add");
  fixed.common.command.argv.emplace_back("10");
  run(worker, fixed);
  CHECK(worker.reports[11].out == "11\n");
  CHECK(worker.reports[12].out == "12\n");
  Batch calls = batch_of({"before", "error", "after"}, 21, "fail");
  calls.count = 1;
  calls.words_each = 3;
  run(worker, calls);
  check_same(worker.reports[21], mpr::test::run({program("fail"), "before", "error", "after"}));
}

TEST_CASE("what the function starts has no descriptors but those of any task, and the process reads nothing") {
  const NothingLeft nothing_left;
  WorkerUnderTest worker;
  const std::string any = worker.run("ls /proc/self/fd | wc -l").out;
  run(worker, batch_of({"fds", "read"}, 11));
  CHECK(worker.reports[11].out == any + "fds\n");
  CHECK(worker.reports[12].out == "-1\n");
}

TEST_CASE("a batch of many tasks is answered in order, by one process") {
  const NothingLeft nothing_left;
  WorkerUnderTest worker;
  run(worker, batch_of(repeated("count", 20000)));
  run(worker, batch_of(repeated("count", 10), 20001));
  for (unsigned task = 1; task <= 20010; ++task) {
    if (worker.reports[task].out != std::to_string(task) + "\n") FAIL("task " << task << worker.reports[task].out);
  }
  CHECK(std::is_sorted(worker.came_back.begin(), worker.came_back.end()));
  CHECK(worker.finish() == 0);
}

TEST_CASE("a process is replaced after so many tasks, and when another way to start it is asked for") {
  const NothingLeft nothing_left;
  WorkerUnderTest worker;
  Batch batch = batch_of(repeated("pid", 10));
  batch.recycle_after = 4;
  run(worker, batch);
  std::map<std::string, int> tasks_of;
  for (unsigned task = 1; task <= 10; ++task) ++tasks_of[worker.reports[task].out];
  CHECK(tasks_of.size() == 3);
  CHECK(std::all_of(tasks_of.begin(), tasks_of.end(), [](const auto& each) { return each.second <= 4; }));
  const std::string last = worker.reports[10].out;
  run(worker, batch_of({"pid"}, 11));
  CHECK(worker.reports[11].out == last);
  Batch elsewhere = batch_of({"pid"}, 12);
  elsewhere.common.command.environment = {"A=b"};
  run(worker, elsewhere);
  CHECK(worker.reports[12].out != last);
}

TEST_CASE("a program that cannot be started fails each task of its batch") {
  const NothingLeft nothing_left;
  WorkerUnderTest worker;
  run(worker, batch_of({"1", "2"}, 1, "no such job"));
  for (const unsigned task : {1U, 2U}) {
    CHECK(worker.reports[task].result->ending == Ending::could_not_start);
    CHECK(worker.reports[task].result->failure.error == ENOENT);
  }
}

TEST_CASE("a task that runs out of time is ended, and those behind it are not") {
  const NothingLeft nothing_left;
  WorkerUnderTest worker;
  Batch batch = batch_of({"print", "sleep:60000", "print", "survive", "print", "ignore_term", "print", "spin:100"});
  batch.common.timeout = 100ms;
  batch.common.kill_after = 100ms;
  run(worker, batch);
  for (const unsigned task : {1U, 3U, 5U, 7U}) {
    CHECK(worker.reports[task].out == "print!\nprint\n");
    CHECK(worker.reports[task].result->success());
  }
  const auto ended_by = [&](unsigned task, const os::ExitStatus& status) {
    CHECK(worker.reports[task].result->ending == Ending::timed_out);
    CHECK(worker.reports[task].result->status == status);
    CHECK(worker.reports[task].result->elapsed >= 100ms);
    CHECK(worker.reports[task].result->elapsed < 5s);
  };
  ended_by(2, os::ExitStatus::signaled(SIGTERM));
  ended_by(4, os::ExitStatus::exited(0));
  CHECK(worker.reports[4].out == "survived\nand returned\n");
  ended_by(6, os::ExitStatus::signaled(SIGKILL));
  CHECK(worker.reports[8].result->success());
}

TEST_CASE("each task has the whole timeout, also where each has a process of its own") {
  const NothingLeft nothing_left;
  WorkerUnderTest worker;
  Batch batch = batch_of(repeated("sleep:400", 3));
  batch.common.timeout = 700ms * kSlowness;
  batch.recycle_after = 1;
  run(worker, batch);
  for (const unsigned task : {1U, 2U, 3U}) CHECK(worker.reports[task].result->success());
}

TEST_CASE("a long task is seen to print before it ends, and a cancelled one is ended") {
  const NothingLeft nothing_left;
  WorkerUnderTest worker;
  worker.post(batch_of({"print", "drip", "print", "print"}));
  worker.send();
  worker.await_output(2, "first\n");
  worker.post(Order::cancel);
  worker.send();
  for (const unsigned task : {1U, 2U, 3U, 4U}) worker.await(task);
  CHECK(worker.reports[1].result->success());
  CHECK(worker.reports[2].result->ending == Ending::cancelled);
  CHECK(worker.reports[3].returned);
  CHECK(worker.reports[4].returned);
}

TEST_CASE("recalled tasks that were not begun are given back at once, while one runs") {
  const NothingLeft nothing_left;
  WorkerUnderTest worker;
  worker.post(batch_of({"sleep:1", "sleep:1", "drip", "print", "print"}));
  worker.send();
  worker.await_output(3, "first\n");
  worker.post(Order::recall);
  worker.send();
  CHECK(worker.await(4).returned);
  CHECK(worker.await(5).returned);
  CHECK_FALSE(worker.reports[3].result);
  worker.post(Order::cancel);
  worker.send();
  CHECK(worker.await(3).result->ending == Ending::cancelled);
  run(worker, batch_of({"print"}, 11));
  CHECK(worker.reports[11].result->success());
}

TEST_CASE("whenever tasks are recalled, each comes back once, and the process serves on") {
  const NothingLeft nothing_left;
  WorkerUnderTest worker;
  worker::TaskNumber next = 1;
  for (int round = 0; round < 50; ++round) {
    worker.post(batch_of(repeated("spin:" + std::to_string(round), 300), next));
    worker.send();
    worker.await(next + static_cast<unsigned>(round));
    worker.post(Order::recall);
    worker.send();
    for (unsigned task = 0; task < 300; ++task) worker.await(next + task);
    next += 300;
  }
  CHECK(worker.came_back.size() == 50 * 300);
  run(worker, batch_of({"print"}, next));
  CHECK(worker.reports[next].result->success());
}

TEST_CASE("what tasks leave in the background is ended with the process") {
  const Census census;
  const NothingLeft nothing_left;
  WorkerUnderTest worker;
  run(worker, batch_of({"orphan:1000", "print", "end:exit", "print", "orphan:1001"}));
  CHECK(worker.reports[2].out == "print!\nprint\n");
  CHECK(worker.reports[3].result->leaked);
  CHECK_FALSE(worker.reports[4].result->leaked);
  CHECK(worker.finish() == 0);
}

TEST_CASE("a worker whose parent is gone ends the process at once") {
  const NothingLeft nothing_left;
  std::string job;
  {
    WorkerUnderTest worker;
    worker.post(batch_of({"pid", "ignore_term"}));
    worker.send();
    job = worker.await(1).out;
  }
  CHECK_FALSE(exists(std::stoi(job)));
}

TEST_CASE("however often the process is killed, each task is answered once and done at most once") {
  const NothingLeft nothing_left;
  const TempDir directory;
  const std::string path = directory.path() + "/done";
  WorkerUnderTest worker;
  constexpr unsigned kBatch = 500;
  unsigned tasks = 0;
  const auto post_tasks = [&] {
    for (const unsigned end = tasks + 10'000; tasks < end; tasks += kBatch) {
      worker.post(batch_of(repeated("append:" + path, kBatch), tasks + 1));
    }
    worker.send();
  };
  post_tasks();
  std::atomic<bool> over = false;
  std::atomic<unsigned> kills = 0;
  std::thread killer([&over, &kills, parent = worker.pid()] {
    std::minstd_rand random;
    while (!over && kills < 200) {
      os::sleep_for(std::chrono::microseconds(random() % 2000));
      for (const pid_t job : children_of(parent)) kills += ::kill(job, SIGKILL) == 0 ? 1 : 0;
    }
  });
  // On a busy machine the tasks may be over before there were many kills.
  for (; tasks < 200'000; post_tasks()) {
    while (worker.came_back.size() < tasks && worker.read()) {
    }
    if (kills > 20) break;
  }
  over = true;
  killer.join();
  const std::vector<unsigned> done = appended(path);
  const std::set<unsigned> once(done.begin(), done.end());
  CHECK(done.size() == once.size());
  CHECK(worker.came_back.size() == tasks);
  unsigned killed = 0;
  for (unsigned task = 1; task <= tasks; ++task) {
    const auto& result = worker.reports[task].result;
    if (!result) FAIL("task " << task << " has no result");
    if (result->success() && once.count(task) == 0) FAIL("task " << task << " was not done");
    if (!result->success()) ++killed;
  }
  CHECK(kills > 20);
  CHECK(killed > 0);
  CHECK(killed <= kills);
}
