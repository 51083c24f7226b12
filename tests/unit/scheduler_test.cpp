#include "runner/scheduler.hpp"

#include <catch2/catch.hpp>

using namespace mpr;
using namespace mpr::runner;
using namespace std::chrono_literals;
using worker::Ending;
using worker::TaskNumber;

namespace {

/// A scheduler with a clock of its own, and what it has decided.
struct Bench {
  Scheduler scheduler;
  os::Time now = os::Time{} + 1h;
  std::vector<std::deque<TaskNumber>> given;  ///< by slot, what was assigned and has not come back
  std::vector<Slot> recalls;

  explicit Bench(const Policy& policy) : scheduler(policy), given(policy.workers + 1) {}

  void add(unsigned tasks) {
    for (unsigned i = 0; i < tasks; ++i) (void)scheduler.add({"input"});
  }
  /// Tasks for as long as they are wanted; answers how many that were.
  unsigned fill() {
    unsigned added = 0;
    for (; scheduler.wants_tasks() && added < 1'000'000; ++added) (void)scheduler.add({"input"});
    return added;
  }
  void decide() {
    recalls.clear();
    for (const Action& action : scheduler.decide(now)) {
      if (const auto* assign = std::get_if<Assign>(&action)) given[assign->slot].push_back(assign->number);
      if (const auto* recall = std::get_if<Recall>(&action)) recalls.push_back(recall->slot);
    }
  }
  Scheduler::Verdict finish(Slot slot, os::Duration took, Ending ending = Ending::exited, int code = 0) {
    worker::Result result;
    result.number = given[slot].front();
    result.attempt = scheduler.attempt(result.number);
    result.ending = ending;
    result.status = os::ExitStatus::exited(code);
    result.elapsed = took;
    given[slot].pop_front();
    now += took;
    scheduler.vacated(slot, result, now);
    const auto verdict = scheduler.concluded(result, now);
    if (verdict == Scheduler::Verdict::final) (void)scheduler.release(result.number);
    return verdict;
  }
  void give_back_rest(Slot slot) {
    while (given[slot].size() > 1) {
      scheduler.returned(slot, given[slot].back(), now);
      given[slot].pop_back();
    }
  }
  /// One worker does so many tasks, so that it is known how long they take.
  void learn(os::Duration took, int tasks = 60) {
    for (int i = 0; i < tasks; ++i) {
      (void)fill();
      decide();
      (void)finish(1, took);
    }
    (void)fill();
    decide();
  }
};

Policy workers(unsigned count) {
  Policy policy;
  policy.workers = count;
  return policy;
}

}  // namespace

TEST_CASE("while nothing is known of the tasks, each worker is given one") {
  Bench bench{workers(3)};
  bench.add(10);
  bench.decide();
  for (const Slot slot : {1, 2, 3}) CHECK(bench.given[slot].size() == 1);
  CHECK(bench.scheduler.counters().running == 3);
}

TEST_CASE("tasks are started in their order") {
  Bench bench{workers(2)};
  bench.add(4);
  bench.decide();
  CHECK(bench.given[1].front() + bench.given[2].front() == 1 + 2);
  (void)bench.finish(1, 1s);
  bench.decide();
  CHECK(bench.given[1].front() == 3);
}

TEST_CASE("a worker is given several short tasks ahead, and more the shorter they are") {
  Bench middling{workers(1)};
  middling.learn(2ms);
  CHECK(middling.given[1].size() > 1);
  CHECK(middling.given[1].size() < 20);
  Bench quick{workers(1)};
  quick.learn(50us);
  CHECK(quick.given[1].size() > middling.given[1].size());
  CHECK(quick.given[1].size() <= 65);
}

TEST_CASE("a worker is given one long task at a time, also when tasks have become long") {
  Bench bench{workers(1)};
  bench.learn(100us);
  CHECK(bench.given[1].size() > 1);
  bench.learn(1s, 200);
  CHECK(bench.given[1].size() == 1);
}

TEST_CASE("what waits behind a task is recalled when another worker idles") {
  Bench bench{workers(2)};
  bench.learn(100us);
  bench.scheduler.end_of_tasks();
  while (bench.given[2].size() > 1 || bench.scheduler.counters().added - bench.scheduler.counters().final() >
                                          bench.given[1].size() + bench.given[2].size()) {
    (void)bench.finish(2, 100us);
    bench.decide();
  }
  if (!bench.given[2].empty()) (void)bench.finish(2, 100us);
  REQUIRE(bench.given[1].size() > 1);
  bench.decide();
  CHECK(bench.recalls == std::vector<Slot>{1});
  bench.give_back_rest(1);
  bench.decide();
  CHECK_FALSE(bench.given[1].empty());
  CHECK_FALSE(bench.given[2].empty());
}

TEST_CASE("what waits behind a task is recalled when that takes much longer than usual") {
  Bench bench{workers(2)};
  bench.learn(100us);
  REQUIRE(bench.given[1].size() > 1);
  const os::Time due = bench.scheduler.next_decision();
  CHECK(due > bench.now);
  CHECK(due < bench.now + 1s);
  bench.now = due - 1ns;
  bench.decide();
  CHECK(bench.recalls.empty());
  bench.now = due;
  bench.decide();
  CHECK_FALSE(bench.recalls.empty());
}

TEST_CASE("a worker is recalled once, and given nothing until it has answered") {
  Bench bench{workers(1)};
  bench.learn(100us);
  const size_t had = bench.given[1].size();
  bench.now += 10s;
  bench.decide();
  REQUIRE(bench.recalls.size() == 1);
  bench.decide();
  CHECK(bench.recalls.empty());
  CHECK(bench.given[1].size() == had);
  bench.give_back_rest(1);
  (void)bench.finish(1, 100us);
  bench.decide();
  CHECK_FALSE(bench.given[1].empty());
}

TEST_CASE("a task that was given back goes to another worker, with the attempt it had") {
  Bench bench{workers(2)};
  bench.learn(100us);
  bench.now += 10s;
  bench.decide();
  const TaskNumber back = bench.given[1].back();
  REQUIRE(back != bench.given[1].front());
  bench.give_back_rest(1);
  CHECK(bench.scheduler.attempt(back) == 1);
}

TEST_CASE("a failed task is tried again, after the delay and not before") {
  Policy policy = workers(1);
  policy.jobs[0].retry.count = 1;
  policy.jobs[0].retry.delay = 3s;
  Bench bench{policy};
  bench.add(1);
  bench.scheduler.end_of_tasks();
  bench.decide();
  CHECK(bench.finish(1, 1s, Ending::exited, 7) == Scheduler::Verdict::retry);
  CHECK_FALSE(bench.scheduler.done());
  CHECK(bench.scheduler.next_decision() == bench.now + 3s);
  bench.now += 3s - 1ns;
  bench.decide();
  CHECK(bench.given[1].empty());
  bench.now += 1ns;
  bench.decide();
  REQUIRE(bench.given[1].size() == 1);
  CHECK(bench.scheduler.attempt(1) == 2);
  CHECK(bench.finish(1, 1s, Ending::exited, 7) == Scheduler::Verdict::final);
  CHECK(bench.scheduler.done());
  CHECK(bench.scheduler.counters().failed == 1);
  CHECK(bench.scheduler.counters().retried == 1);
}

TEST_CASE("timeouts, lost workers and programs that cannot be started count as failures and are tried again") {
  const auto ending = GENERATE(Ending::timed_out, Ending::worker_lost, Ending::could_not_start);
  Policy policy = workers(1);
  policy.jobs[0].retry.count = 1;
  Bench bench{policy};
  bench.add(1);
  bench.decide();
  CHECK(bench.finish(1, 1s, ending) == Scheduler::Verdict::retry);
  bench.decide();
  CHECK(bench.finish(1, 1s, ending) == Scheduler::Verdict::final);
  CHECK(bench.scheduler.counters().failed == 1);
}

TEST_CASE("a task that succeeds when tried again has succeeded") {
  Policy policy = workers(1);
  policy.jobs[0].retry.count = 3;
  Bench bench{policy};
  bench.add(1);
  bench.decide();
  (void)bench.finish(1, 1s, Ending::exited, 1);
  bench.decide();
  CHECK(bench.finish(1, 1s) == Scheduler::Verdict::final);
  CHECK(bench.scheduler.counters().succeeded == 1);
  CHECK(bench.scheduler.counters().failed == 0);
}

TEST_CASE("the failures that end a run are counted by task, not by attempt") {
  Policy policy = workers(1);
  policy.max_failures = 2;
  policy.jobs[0].retry.count = 1;
  Bench bench{policy};
  bench.add(3);
  for (int attempt = 1; attempt <= 4; ++attempt) {
    CHECK_FALSE(bench.scheduler.failures_reached());
    bench.decide();
    (void)bench.finish(1, 1s, Ending::exited, 1);
  }
  CHECK(bench.scheduler.failures_reached());
}

TEST_CASE("without a limit no number of failures ends a run") {
  Bench bench{workers(1)};
  bench.add(100);
  for (int i = 0; i < 100; ++i) {
    bench.decide();
    (void)bench.finish(1, 1s, Ending::exited, 1);
  }
  CHECK_FALSE(bench.scheduler.failures_reached());
}

TEST_CASE("after a stop nothing is started, what waits is dropped, and what runs is awaited") {
  Bench bench{workers(1)};
  bench.add(5);
  bench.decide();
  bench.scheduler.stop();
  CHECK(bench.scheduler.stopping());
  CHECK_FALSE(bench.scheduler.wants_tasks());
  CHECK(bench.scheduler.counters().dropped == 4);
  CHECK_FALSE(bench.scheduler.done());
  bench.decide();
  CHECK(bench.given[1].size() == 1);
  CHECK(bench.scheduler.next_decision() == os::kNever);
  (void)bench.finish(1, 1s, Ending::cancelled);
  CHECK(bench.scheduler.done());
  CHECK(bench.scheduler.counters().cancelled == 1);
}

TEST_CASE("a task that fails while the run stops is not tried again") {
  Policy policy = workers(1);
  policy.jobs[0].retry.count = 5;
  Bench bench{policy};
  bench.add(1);
  bench.decide();
  bench.scheduler.stop();
  CHECK(bench.finish(1, 1s, Ending::exited, 1) == Scheduler::Verdict::final);
  CHECK(bench.scheduler.done());
}

TEST_CASE("a task given back while the run stops is dropped") {
  Bench bench{workers(1)};
  bench.learn(100us);
  bench.scheduler.stop();
  const auto dropped = bench.scheduler.counters().dropped;
  const size_t waiting = bench.given[1].size() - 1;
  REQUIRE(waiting > 0);
  bench.give_back_rest(1);
  CHECK(bench.scheduler.counters().dropped == dropped + waiting);
  (void)bench.finish(1, 1s);
  CHECK(bench.scheduler.done());
}

TEST_CASE("a lost worker fails the task it was running and no other") {
  Bench bench{workers(2)};
  bench.learn(100us);
  REQUIRE(bench.given[1].size() > 1);
  const std::deque<TaskNumber> had = bench.given[1];
  bench.given[1].clear();
  CHECK(bench.scheduler.worker_lost(1) == had.front());
  bench.given[1].push_back(had.front());
  CHECK(bench.finish(1, 0s, Ending::worker_lost) == Scheduler::Verdict::final);
  CHECK(bench.scheduler.counters().failed == 1);
  for (size_t i = 1; i < had.size(); ++i) CHECK(bench.scheduler.attempt(had[i]) == 1);
  bench.decide();
  REQUIRE_FALSE(bench.given[1].empty());
  CHECK(bench.given[1].front() == had[1]);
}

TEST_CASE("a worker that is lost while it idles costs nothing") {
  Bench bench{workers(2)};
  bench.add(1);
  bench.decide();
  const Slot idle = bench.given[1].empty() ? 1 : 2;
  CHECK_FALSE(bench.scheduler.worker_lost(idle));
  CHECK(bench.scheduler.counters().running == 1);
}

TEST_CASE("a source without end is read only a bounded way ahead") {
  Bench unknown{workers(4)};
  CHECK(unknown.fill() <= 4);
  Bench quick{workers(4)};
  quick.learn(10us);
  const auto held = quick.scheduler.counters().added - quick.scheduler.counters().final();
  CHECK(held <= 4 * 2 * 65);
}

TEST_CASE("a source is read no further while many large inputs wait") {
  Bench bench{workers(4)};
  bench.learn(10us);
  size_t added = 0;
  for (int round = 0; round < 100; ++round) {
    for (; bench.scheduler.wants_tasks(); ++added) (void)bench.scheduler.add({std::string(1 << 20, 'x')});
    bench.decide();
  }
  CHECK(added < 100);
}

TEST_CASE("nothing is wanted once the source has ended, and an empty run is done") {
  Bench bench{workers(4)};
  CHECK(bench.scheduler.wants_tasks());
  CHECK_FALSE(bench.scheduler.done());
  bench.scheduler.end_of_tasks();
  CHECK_FALSE(bench.scheduler.wants_tasks());
  CHECK(bench.scheduler.done());
}

TEST_CASE("with little left, tasks are spread over all workers") {
  Bench bench{workers(2)};
  bench.learn(100us);
  while (!bench.given[1].empty() || !bench.given[2].empty()) {
    for (const Slot slot : {1, 2}) {
      while (!bench.given[slot].empty()) (void)bench.finish(slot, 100us);
    }
    if (bench.scheduler.counters().added == bench.scheduler.counters().final()) break;
    bench.decide();
  }
  bench.add(4);
  bench.decide();
  CHECK(bench.given[1].size() == 2);
  CHECK(bench.given[2].size() == 2);
}

TEST_CASE("the rest of a unit that is held up by a slow task goes to another worker") {
  Policy policy;
  policy.workers = 2;
  policy.jobs[0].puts_together = true;
  Bench bench{policy};
  Scheduler& scheduler = bench.scheduler;
  const auto answer_all = [&](Slot slot) {
    for (; !bench.given[slot].empty(); bench.given[slot].pop_front()) {
      const TaskNumber first = bench.given[slot].front();
      const uint32_t count = scheduler.rows(first).count();
      bench.now += count * 1us;
      scheduler.answered(slot, first, count, count * 1us, bench.now);
    }
  };
  for (int round = 0; round < 10; ++round) {
    (void)bench.fill();
    bench.decide();
    answer_all(1);
    answer_all(2);
  }
  bench.add(1000);
  scheduler.end_of_tasks();
  bench.decide();
  const Slot slow = bench.given[1].empty() ? 2 : 1;
  const Slot other = 3 - slow;
  for (; !bench.given[other].empty(); bench.decide()) answer_all(other);
  REQUIRE(bench.given[slow].size() == 1);
  const TaskNumber running = bench.given[slow].front();
  const uint32_t unit = scheduler.rows(running).count();
  REQUIRE(unit > 100);
  CHECK(bench.recalls.empty());
  bench.now += 1s;
  bench.decide();
  CHECK(bench.recalls == std::vector<Slot>{slow});
  scheduler.returned(slow, running + 1, bench.now);
  bench.decide();
  CHECK(scheduler.rows(running).count() == 1);
  CHECK_FALSE(bench.given[other].empty());
}
