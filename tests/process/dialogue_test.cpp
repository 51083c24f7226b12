// Tasks asked of a filter: a line for a line.
#include "worker/dialogue.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <set>

#include "dialogue_fixture.hpp"
#include "support/temp_dir.hpp"

using namespace mpr;
using namespace mpr::test;
using namespace std::chrono_literals;
using worker::ExecutorKind;
using worker::Order;
using Outcomes = std::vector<std::string>;

namespace {

constexpr const char* kEnded = "(its process ended without an answer)";
constexpr const char* kUnasked = "(its process wrote more than the answers to what it was asked)";

std::vector<std::string> numbers(unsigned count) {
  std::vector<std::string> words;
  for (unsigned number = 1; number <= count; ++number) words.push_back(std::to_string(number));
  return words;
}

}  // namespace

TEST_CASE("each line that is asked is answered by the next line, in order, exactly once") {
  const NothingLeft nothing_left;
  WorkerUnderTest worker;
  const auto batch = lines_batch(numbers(20'000));
  run(worker, batch);
  for (unsigned number = 1; number <= 20'000; ++number)
    REQUIRE(outcome(worker, number) == std::to_string(number) + "\n");
  CHECK(worker.finish() == 0);
}

TEST_CASE("filters that write each answer when they have it can be asked as they are") {
  const NothingLeft nothing_left;
  for (const Outcomes& argv : {Outcomes{"sed", "-u", ""}, Outcomes{"grep", "--line-buffered", "-v", "^$^"},
                               Outcomes{"sh", "-c", "while read -r line; do echo \"$line\"; done"}}) {
    CAPTURE(argv.front());
    CHECK(outcomes_of(batch_of(ExecutorKind::lines, argv, {"a", "", "b c"})) == Outcomes{"a\n", "\n", "b c\n"});
  }
}

TEST_CASE("the words of a request are joined by blanks") {
  const NothingLeft nothing_left;
  auto batch = lines_batch({"a", "b c", "d", ""});
  batch.count = 2;
  batch.words_each = 2;
  CHECK(outcomes_of(batch) == Outcomes{"a b c\n", "d \n"});
}

TEST_CASE("one process answers batch after batch, until it is to start differently") {
  const NothingLeft nothing_left;
  WorkerUnderTest worker;
  run(worker, lines_batch({"pid", "pid"}, 1));
  run(worker, lines_batch({"pid"}, 3));
  CHECK(outcome(worker, 1) == outcome(worker, 2));
  CHECK(outcome(worker, 1) == outcome(worker, 3));
  auto other = lines_batch({"pid", "env WHO"}, 4);
  other.common.command.environment = {"WHO=me"};
  run(worker, other);
  CHECK(outcome(worker, 4) != outcome(worker, 1));
  CHECK(outcome(worker, 5) == "me\n");
  CHECK_FALSE(exists(std::stoi(outcome(worker, 1))));
  run(worker, json_batch({"pid"}, 6));
  run(worker, lines_batch({"pid"}, 7));
  CHECK(exists(std::stoi(outcome(worker, 6))));
  CHECK(worker.finish() == 0);
}

TEST_CASE("a process that stays is told nothing of the task it was started for, and of all that lasts") {
  const NothingLeft nothing_left;
  CHECK(outcomes_of(lines_batch({"env MPR_TASK", "env MPR_ATTEMPT", "env MPR_SLOT", "env MPR_RUN"})) ==
        Outcomes{"unset\n", "unset\n", "1\n", "test-run\n"});
}

TEST_CASE("tasks with a process of their own run beside one that stays, and do not end it") {
  const NothingLeft nothing_left;
  WorkerUnderTest worker;
  run(worker, lines_batch({"pid"}, 1));
  worker.post_script(2, "sleep 1000 & echo left");
  worker.send();
  CHECK(worker.await(2).result->leaked);
  run(worker, lines_batch({"pid"}, 3));
  CHECK(outcome(worker, 3) == outcome(worker, 1));
}

TEST_CASE("when the process ends, the task it was at has failed, as the process has, and no other") {
  const NothingLeft nothing_left;
  CHECK(outcomes_of(lines_batch({"a", "exit 3", "b", "kill 9", "c", "exit 0", "d"})) ==
        Outcomes{"a\n", "(exit status 3)", "b\n", "(killed by signal 9 (SIGKILL))", "c\n", kEnded, "d\n"});
}

TEST_CASE("a crash in the middle of tasks that were asked ahead fails one of them") {
  const NothingLeft nothing_left;
  auto requests = numbers(5000);
  for (const unsigned place : {100, 2500, 2501, 4999}) requests[place] = "exit 7";
  WorkerUnderTest worker;
  run(worker, lines_batch(requests));
  for (unsigned place = 0; place < requests.size(); ++place)
    REQUIRE(outcome(worker, place + 1) == (requests[place] == "exit 7" ? "(exit status 7)" : requests[place] + "\n"));
}

TEST_CASE("what there is of an answer counts when the process ends in its middle") {
  const NothingLeft nothing_left;
  CHECK(outcomes_of(lines_batch({"half", "a"})) == Outcomes{kEnded + std::string("half"), "a\n"});
}

TEST_CASE("a program that ends at once is started once for each task") {
  const NothingLeft nothing_left;
  const TempDir dir;
  const std::string script = "echo >> " + (dir / "starts") + "; exit 4";
  const auto failed = outcomes_of(batch_of(ExecutorKind::lines, {"sh", "-c", script}, numbers(5)));
  CHECK(failed == Outcomes(5, "(exit status 4)"));
  CHECK(std::filesystem::file_size(dir / "starts") == 5);
}

TEST_CASE("a program that cannot be started fails each task") {
  const NothingLeft nothing_left;
  CHECK(outcomes_of(batch_of(ExecutorKind::lines, {"no-such-program"}, numbers(3))) ==
        Outcomes(3, "(cannot start: No such file or directory)"));
}

TEST_CASE("a word with a line end cannot be asked, and those around it can") {
  const NothingLeft nothing_left;
  const std::string refused = "(cannot start: a word with a line end in it cannot be asked in a line)";
  CHECK(outcomes_of(lines_batch({"a\nb", "c", "d", "\n", "exit 1", "\n", "e"})) ==
        Outcomes{refused, "c\n", "d\n", refused, "(exit status 1)", refused, "e\n"});
}

TEST_CASE("what is written to stderr is the task's that was asked then") {
  const NothingLeft nothing_left;
  const auto batch = lines_batch({"a", "err b", "err c", "d", "err e", "exit 1", "err f"});
  // One by one, so that none is asked ahead.
  WorkerUnderTest worker;
  for (worker::TaskNumber number = 1; number <= batch.count; ++number) {
    const Outcomes requests{"a", "err b", "err c", "d", "err e", "exit 1", "err f"};
    run(worker, lines_batch({requests[number - 1]}, number));
  }
  CHECK(outcomes(worker, batch) ==
        Outcomes{"a\n", "err b\n !b\n", "err c\n !c\n", "d\n", "err e\n !e\n", "(exit status 1)", "err f\n !f\n"});
}

TEST_CASE("a filter that tells of each line on stderr has each told of its own") {
  const NothingLeft nothing_left;
  WorkerUnderTest worker;
  run(worker, lines_batch(Outcomes(200, "err x")));
  CHECK(outcomes(worker, lines_batch(Outcomes(200, "err x"))) == Outcomes(200, "err x\n !x\n"));
}

TEST_CASE("what is written to stderr at the start is the first task's") {
  const NothingLeft nothing_left;
  CHECK(outcomes_of(batch_of(ExecutorKind::lines, {kHelper, "answer-lines", "err"}, {"a", "b"})) ==
        Outcomes{"a\n !loading\n", "b\n"});
}

TEST_CASE("a line that was not asked for is taken for no answer") {
  const NothingLeft nothing_left;
  CHECK(outcomes_of(batch_of(ExecutorKind::lines, {kHelper, "answer-lines", "banner"}, {"a", "b"})) ==
        Outcomes(2, kUnasked + std::string("welcome\n")));
  CHECK(outcomes_of(lines_batch({"twice", "a"})) == Outcomes{kUnasked + std::string("once\n"), "a\n"});
}

TEST_CASE("a line that comes between two batches fails the next task") {
  const NothingLeft nothing_left;
  const TempDir dir;
  const std::string script = "read -r a; echo $a; while [ ! -e " + (dir / "go") +
                             " ]; do sleep 0.01; done; echo late; " + "touch " + (dir / "gone") + "; exec cat";
  WorkerUnderTest worker;
  run(worker, batch_of(ExecutorKind::lines, {"sh", "-c", script}, {"a"}, 1));
  const std::ofstream go(dir / "go");
  REQUIRE(wait_until([&] { return std::filesystem::exists(dir / "gone"); }));
  run(worker, batch_of(ExecutorKind::lines, {"sh", "-c", script}, {"b", "c"}, 2));
  CHECK(outcome(worker, 1) == "a\n");
  CHECK(outcome(worker, 2) == kUnasked);
}

TEST_CASE("a process that closes its output or input can answer nothing, and is replaced") {
  const NothingLeft nothing_left;
  const std::string closed = "(its process closed its standard input or output without an answer)";
  CHECK(outcomes_of(lines_batch({"close-out", "a"})) == Outcomes{closed, "a\n"});
  const auto large =
      batch_of(ExecutorKind::lines, {"sh", "-c", "exec <&-; exec sleep 1000"}, {std::string(200'000, 'x')});
  CHECK(outcomes_of(large) == Outcomes{closed});
}

TEST_CASE("each task has the whole timeout, and one that takes longer is ended alone") {
  const NothingLeft nothing_left;
  auto batch = lines_batch({"a", "hang", "b", "stay", "c"});
  batch.common.timeout = 500ms * kSlowness;
  batch.common.kill_after = 100ms;
  WorkerUnderTest worker;
  run(worker, batch);
  CHECK(outcomes(worker, batch) ==
        Outcomes{"a\n", "(timed out)", "b\n", "(timed out; SIGTERM did not end it, killed)", "c\n"});
  for (const worker::TaskNumber number : {2, 4}) {
    CHECK(worker.reports[number].result->elapsed >= 500ms);
    CHECK(worker.reports[number].result->elapsed < 4s);
  }
  auto slow =
      batch_of(ExecutorKind::lines, {"sh", "-c", "while read -r a; do sleep 0.25; echo $a; done"}, numbers(5), 6);
  slow.common.timeout = 1s;
  run(worker, slow);
  CHECK(outcomes(worker, slow) == Outcomes{"1\n", "2\n", "3\n", "4\n", "5\n"});
}

TEST_CASE("a filter that answers only when its buffer is full is ended by the timeout, however much it is asked") {
  const NothingLeft nothing_left;
  auto batch = batch_of(ExecutorKind::lines, {"sort"}, {std::string(300'000, 'x'), "b"});
  batch.common.timeout = 150ms;
  CHECK(outcomes_of(batch) == Outcomes(2, "(timed out)"));
}

TEST_CASE("a process is replaced after so many tasks") {
  const NothingLeft nothing_left;
  auto batch = lines_batch(Outcomes(10, "pid"));
  batch.recycle_after = 3;
  const Outcomes pids = outcomes_of(batch);
  CHECK(std::set<std::string>(pids.begin(), pids.end()).size() == 4);
  for (const size_t place : {0, 3, 6}) CHECK(pids[place] == pids[place + 2]);
}

TEST_CASE("what a process leaves behind is ended with it") {
  const NothingLeft nothing_left;
  WorkerUnderTest worker;
  run(worker, lines_batch({"leave", "exit 1", "a"}));
  CHECK_FALSE(exists(std::stoi(outcome(worker, 1))));
  run(worker, lines_batch({"leave"}, 4));
  CHECK(exists(std::stoi(outcome(worker, 4))));
  CHECK(worker.finish() == 0);
  CHECK_FALSE(exists(std::stoi(outcome(worker, 4))));
}

TEST_CASE("a worker's end ends its process, also one that heeds neither the end of its input nor SIGTERM") {
  const NothingLeft nothing_left;
  WorkerUnderTest worker;
  run(worker, batch_of(ExecutorKind::lines,
                       {"sh", "-c", "trap '' TERM; read -r a; echo $$; while :; do sleep 1000; done"}, {"a"}));
  const pid_t pid = std::stoi(outcome(worker, 1));
  CHECK(worker.finish() == 0);
  CHECK_FALSE(exists(pid));
}

TEST_CASE("a recall awaits what was asked, and gives back the rest") {
  const NothingLeft nothing_left;
  const TempDir dir;
  WorkerUnderTest worker;
  const auto batch =
      batch_of(ExecutorKind::lines,
               {"sh", "-c", "while read -r a; do echo $a >&2; read b < \"$0\"; echo $a; done", dir / "go"}, numbers(5));
  REQUIRE(::mkfifo((dir / "go").c_str(), 0600) == 0);
  worker.post(batch);
  worker.send();
  while (worker.reports[1].err.empty()) REQUIRE(worker.read());
  worker.post(Order::recall);
  worker.send();
  const os::UniqueFd go{::open((dir / "go").c_str(), O_WRONLY | O_CLOEXEC)};
  REQUIRE(::write(go.get(), "\n", 1) == 1);
  for (const worker::TaskNumber number : {1, 5}) worker.await(number);
  CHECK(outcomes(worker, batch) == Outcomes{"1\n !1\n", "returned", "returned", "returned", "returned"});
}

TEST_CASE("a cancel ends the task that was asked with SIGTERM, and gives back the rest") {
  const NothingLeft nothing_left;
  WorkerUnderTest worker;
  const auto batch = batch_of(ExecutorKind::lines, {"sh", "-c", "read -r a; echo $a >&2; exec sleep 1000"}, numbers(3));
  worker.post(batch);
  worker.send();
  while (worker.reports[1].err.empty()) REQUIRE(worker.read());
  worker.post(Order::cancel);
  worker.send();
  for (const worker::TaskNumber number : {1, 3}) worker.await(number);
  CHECK(outcomes(worker, batch) == Outcomes{"(cancelled) !1\n", "returned", "returned"});
  CHECK(worker.reports[1].result->status.signal() == SIGTERM);
  run(worker, lines_batch({"a"}, 4));
  CHECK(outcome(worker, 4) == "a\n");
}

TEST_CASE("a parent that goes takes the process with it") {
  const NothingLeft nothing_left;
  pid_t pid = 0;
  {
    WorkerUnderTest worker;
    worker.post(lines_batch({"pid", "stay"}));
    worker.send();
    worker.await(1);
    pid = std::stoi(outcome(worker, 1));
  }
  CHECK(wait_until([&] { return !exists(pid); }));
}

TEST_CASE("a large answer goes up as it comes, and a large request down") {
  const NothingLeft nothing_left;
  WorkerUnderTest worker;
  const std::string request(1'000'000, 'r');
  run(worker, lines_batch({"write 100000000", request, "a"}));
  CHECK(worker.reports[1].result->success());
  CHECK(worker.reports[1].out.size() == 100'000'001);
  CHECK(worker.reports[1].out.find_first_not_of('x') == 100'000'000);
  CHECK(outcome(worker, 2) == request + "\n");
  CHECK(outcome(worker, 3) == "a\n");
}

TEST_CASE("a process that is killed at any moment fails a task at the most") {
  const NothingLeft nothing_left;
  constexpr unsigned kTasks = 3000;
  std::mt19937 random(20261124);  // NOLINT(cert-msc51-cpp): the same moments each time
  WorkerUnderTest worker;
  auto requests = numbers(kTasks);
  requests.front() = "pid";
  unsigned kills = 0;
  unsigned failed = 0;
  for (worker::TaskNumber first = 1; first <= 30 * kTasks; first += kTasks) {
    worker.came_back.clear();
    worker.post(lines_batch(requests, first));
    worker.send();
    // The signal may come when all has been answered, and then fails the first of the next batch, which has no pid.
    if (worker.await(first).result->success()) {
      for (auto reads = random() % 4; reads > 0 && worker.came_back.size() < kTasks; --reads) (void)worker.read();
      ::kill(std::stoi(outcome(worker, first)), SIGKILL);
      ++kills;
    }
    worker.await(first + kTasks - 1);
    CHECK(worker.came_back.size() == kTasks);
    for (unsigned place = 0; place < kTasks; ++place) {
      const std::string came = outcome(worker, first + place);
      const bool killed = came == "(killed by signal 9 (SIGKILL))";
      failed += killed ? 1 : 0;
      if (place > 0 && !killed) REQUIRE(came == requests[place] + "\n");
    }
    CHECK(failed <= kills);
  }
}
