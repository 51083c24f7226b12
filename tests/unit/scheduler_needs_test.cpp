// What tasks that need more than a worker get, when, and that nobody starves.
#include <algorithm>
#include <map>
#include <random>

#include <catch2/catch.hpp>

#include "runner/scheduler.hpp"

using namespace mpr;
using namespace mpr::runner;
using namespace std::chrono_literals;
using worker::job_of;
using worker::place_of;
using worker::task_number;
using worker::TaskNumber;

namespace {

JobPolicy needing(Needs needs) {
  JobPolicy policy;
  policy.needs = std::move(needs);
  return policy;
}

Policy policy_of(unsigned workers, std::vector<JobPolicy> jobs, Supplies supplies = {}) {
  return {workers, 0, std::move(jobs), std::move(supplies)};
}

/// A scheduler with a clock of its own, and what runs.
struct Bench {
  Scheduler scheduler;
  os::Time now = os::Time{} + 1h;
  std::map<Slot, std::deque<TaskNumber>> given;
  std::vector<TaskNumber> started;  ///< in order
  std::vector<Slot> recalls;

  explicit Bench(const Policy& policy) : scheduler(policy) {}

  void add(size_t job, unsigned tasks = 1) {
    for (unsigned i = 0; i < tasks; ++i) (void)scheduler.add({"input"}, job);
  }
  void decide() {
    recalls.clear();
    for (const Action& action : scheduler.decide(now)) {
      if (const auto* recall = std::get_if<Recall>(&action)) recalls.push_back(recall->slot);
      const auto* assign = std::get_if<Assign>(&action);
      if (!assign) continue;
      given[assign->slot].push_back(assign->number);
      started.push_back(assign->number);
    }
  }
  Slot slot_of(TaskNumber number) const {
    for (const auto& [slot, tasks] : given) {
      if (std::find(tasks.begin(), tasks.end(), number) != tasks.end()) return slot;
    }
    return 0;
  }
  [[nodiscard]] bool runs(size_t job, uint64_t place = 1) const { return slot_of(task_number(job, place)) != 0; }
  void finish(size_t job, uint64_t place = 1, os::Duration took = 1s) {
    const TaskNumber number = task_number(job, place);
    const Slot slot = slot_of(number);
    REQUIRE(slot != 0);
    worker::Result result;
    result.number = number;
    result.elapsed = took;
    std::erase(given[slot], number);
    scheduler.vacated(slot, result, now);
    REQUIRE(scheduler.concluded(result, now) == Scheduler::Verdict::final);
    (void)scheduler.release(number);
  }
};

}  // namespace

TEST_CASE("a task of two CPUs takes two workers, and is told which one idles for it") {
  Bench bench{policy_of(3, {needing({.cpus = 2}), JobPolicy{}})};
  bench.add(0);
  bench.add(1, 3);
  bench.decide();
  REQUIRE(bench.runs(0));
  CHECK(bench.started.size() == 2);
  const Holding holding = bench.scheduler.holding(task_number(0, 1));
  REQUIRE(holding.borrowed.size() == 1);
  const Slot own = bench.slot_of(task_number(0, 1));
  const Slot other = bench.slot_of(task_number(1, 1));
  CHECK(holding.borrowed[0] != own);
  CHECK(holding.borrowed[0] != other);
  bench.finish(0);
  bench.decide();
  CHECK(bench.started.size() == 4);
}

TEST_CASE("a wide task waits for enough workers, and those behind it wait with it") {
  Bench bench{policy_of(2, {JobPolicy{}, needing({.cpus = 2}), JobPolicy{}})};
  bench.add(0);
  bench.add(1);
  bench.add(2, 5);
  bench.decide();
  CHECK(bench.started == std::vector<TaskNumber>{task_number(0, 1)});
  bench.finish(0);
  bench.decide();
  CHECK(bench.runs(1));
  CHECK(bench.started.size() == 2);
  bench.finish(1);
  bench.decide();
  CHECK(bench.started.size() == 4);
}

namespace {

/// Two workers, of which the first at least has been given several short tasks of the job.
void give_ahead(Bench& bench, size_t job) {
  for (unsigned round = 0; round < 60; ++round) {
    bench.add(job, 4);
    bench.decide();
    while (!bench.given[1].empty() || !bench.given[2].empty()) {
      for (const Slot slot : {1, 2}) {
        if (!bench.given[slot].empty()) bench.finish(job, place_of(bench.given[slot].front()), 100us);
      }
    }
  }
  bench.add(job, 60);
  bench.decide();
  REQUIRE(bench.given[1].size() > 1);
}

}  // namespace

TEST_CASE("what is given ahead is recalled for a wide task that comes before it") {
  Bench bench{policy_of(2, {needing({.cpus = 2}), JobPolicy{}})};
  give_ahead(bench, 1);
  bench.add(0);
  bench.decide();
  CHECK(bench.recalls == std::vector<Slot>{1, 2});
}

TEST_CASE("what is given ahead is not recalled for a wide task that comes after it: it would be given again") {
  Bench bench{policy_of(2, {JobPolicy{}, needing({.cpus = 2})})};
  give_ahead(bench, 0);
  bench.add(1);
  while (bench.given[1].size() + bench.given[2].size() > 2) {
    bench.decide();
    CHECK(bench.recalls.empty());
    const Slot fuller = bench.given[1].size() >= bench.given[2].size() ? 1 : 2;
    bench.finish(0, place_of(bench.given[fuller].front()), 100us);
  }
  CHECK_FALSE(bench.runs(1));
}

TEST_CASE("tasks run together as far as memory allows") {
  Bench bench{policy_of(4, {needing({.memory = 40})}, {.memory = 100, .named = {}})};
  bench.add(0, 4);
  bench.decide();
  CHECK(bench.started.size() == 2);
  bench.finish(0, 1);
  bench.decide();
  CHECK(bench.started.size() == 3);
}

TEST_CASE("named supplies are numbered, and each task is told which it has") {
  Bench bench{policy_of(4, {needing({.named = {1}})}, {.named = {{"gpu", 2}}})};
  bench.add(0, 3);
  bench.decide();
  CHECK(bench.started.size() == 2);
  CHECK(bench.scheduler.holding(task_number(0, 1)).taken.units == std::vector<std::vector<unsigned>>{{0}});
  CHECK(bench.scheduler.holding(task_number(0, 2)).taken.units == std::vector<std::vector<unsigned>>{{1}});
  bench.finish(0, 1);
  bench.decide();
  CHECK(bench.scheduler.holding(task_number(0, 3)).taken.units == std::vector<std::vector<unsigned>>{{0}});
}

TEST_CASE("a task that waits for a named supply holds up none that do not need it") {
  Bench bench{policy_of(2, {needing({.named = {1}}), JobPolicy{}}, {.named = {{"gpu", 1}}})};
  bench.add(0, 2);
  bench.add(1, 2);
  bench.decide();
  CHECK(bench.runs(0, 1));
  CHECK_FALSE(bench.runs(0, 2));
  CHECK(bench.runs(1, 1));
}

TEST_CASE("what a waiting task lacks is kept for it, however many small tasks come after it") {
  Bench bench{
      policy_of(4, {needing({.memory = 30}), needing({.memory = 90}), needing({.memory = 30})}, {.memory = 100})};
  bench.add(0, 3);
  bench.decide();
  bench.add(1);
  bench.add(2, 100);
  bench.decide();
  CHECK(bench.started.size() == 3);
  for (const uint64_t place : {1, 2, 3}) {
    CHECK_FALSE(bench.runs(1));
    bench.finish(0, place);
    bench.decide();
  }
  CHECK(bench.runs(1));
}

TEST_CASE("a task that is lost with its worker gives back what it had") {
  Bench bench{
      policy_of(2, {needing({.cpus = 2, .memory = 100, .named = {1}})}, {.memory = 100, .named = {{"gpu", 1}}})};
  bench.add(0, 2);
  bench.decide();
  const Slot slot = bench.slot_of(task_number(0, 1));
  REQUIRE(bench.scheduler.worker_lost(slot) == task_number(0, 1));
  bench.finish(0);
  bench.decide();
  CHECK(bench.runs(0, 2));
}

TEST_CASE("each job's tasks are counted and end by themselves") {
  Bench bench{policy_of(2, {JobPolicy{}, JobPolicy{}})};
  bench.add(0);
  bench.add(1);
  bench.scheduler.end_of_tasks(0);
  bench.decide();
  CHECK_FALSE(bench.scheduler.done(0));
  bench.finish(0);
  CHECK(bench.scheduler.done(0));
  CHECK_FALSE(bench.scheduler.done(1));
  CHECK_FALSE(bench.scheduler.done());
  CHECK(bench.scheduler.counters(0).succeeded == 1);
  CHECK(bench.scheduler.counters(1).succeeded == 0);
}

TEST_CASE("a task that is known already counts, and is numbered like any other") {
  Bench bench{policy_of(1, {JobPolicy{}})};
  CHECK(bench.scheduler.reuse(true) == 1);
  CHECK(bench.scheduler.reuse(false) == 2);
  CHECK(bench.scheduler.next_number() == 3);
  bench.scheduler.end_of_tasks();
  CHECK(bench.scheduler.done());
  CHECK(bench.scheduler.counters().succeeded == 1);
  CHECK(bench.scheduler.counters().failed == 1);
  CHECK(bench.scheduler.counters().reused == 2);
}

TEST_CASE("failures of a job that may fail are tolerated, and stop nothing") {
  Policy policy = policy_of(1, {JobPolicy{}});
  policy.jobs[0].allow_failure = true;
  policy.max_failures = 1;
  Bench bench{policy};
  bench.add(0);
  bench.decide();
  worker::Result result;
  result.number = 1;
  result.status = os::ExitStatus::exited(1);
  bench.scheduler.vacated(1, result, bench.now);
  CHECK(bench.scheduler.concluded(result, bench.now) == Scheduler::Verdict::final);
  CHECK(bench.scheduler.counters().tolerated == 1);
  CHECK_FALSE(bench.scheduler.failures_reached());
}

TEST_CASE("each further attempt waits longer by the backoff") {
  const Retry retry{5, 2s, 3};
  CHECK(retry.delay_before(2) == 2s);
  CHECK(retry.delay_before(3) == 6s);
  CHECK(retry.delay_before(4) == 18s);
  CHECK(Retry{1000, 1h, 10}.delay_before(900) > 8760h);
}

TEST_CASE("whatever the mix of needs, limits hold, everything runs, and nothing waits for ever") {
  for (unsigned seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto below = [&](unsigned limit) { return static_cast<unsigned>(random() % limit); };
    const unsigned workers = 1 + below(4);
    const Supplies supplies{100, {{"a", 1 + below(3)}, {"b", 1}}};
    std::vector<JobPolicy> jobs;
    for (unsigned job = 0; job < 1 + below(5); ++job) {
      jobs.push_back(needing({1 + below(workers), below(101), {below(supplies.named[0].count + 1), below(2)}}));
      if (below(2) == 0) jobs.back() = JobPolicy{};
    }
    Bench bench{policy_of(workers, jobs, supplies)};
    for (size_t job = 0; job < jobs.size(); ++job) {
      bench.add(job, 1 + below(12));
      bench.scheduler.end_of_tasks(job);
    }
    for (int step = 0; step < 10'000 && !bench.scheduler.done(); ++step) {
      bench.now += 1ms;
      bench.decide();
      for (const Slot slot : bench.recalls) {
        while (bench.given[slot].size() > 1) {
          bench.scheduler.returned(slot, bench.given[slot].back(), bench.now);
          bench.given[slot].pop_back();
        }
      }
      // By the books of the test, not of the scheduler.
      uint64_t cpus = 0;
      uint64_t memory = 0;
      std::map<size_t, std::vector<unsigned>> units;
      std::vector<TaskNumber> running;
      for (const auto& [slot, tasks] : bench.given) {
        if (tasks.empty()) continue;
        running.push_back(tasks.front());
        const Needs& needs = jobs[job_of(tasks.front())].needs;
        cpus += needs.cpus;
        memory += needs.memory;
        const Holding holding = bench.scheduler.holding(tasks.front());
        REQUIRE(holding.borrowed.size() == needs.cpus - 1);
        for (size_t supply = 0; supply < holding.taken.units.size(); ++supply) {
          auto& all = units[supply];
          all.insert(all.end(), holding.taken.units[supply].begin(), holding.taken.units[supply].end());
        }
      }
      REQUIRE(cpus <= workers);
      REQUIRE(memory <= 100);
      for (auto& [supply, all] : units) {
        std::sort(all.begin(), all.end());
        REQUIRE(std::adjacent_find(all.begin(), all.end()) == all.end());
        REQUIRE((all.empty() || all.back() < supplies.named[supply].count));
      }
      REQUIRE((!running.empty() || bench.scheduler.done()));
      if (running.empty()) break;
      const TaskNumber ends = running[below(static_cast<unsigned>(running.size()))];
      bench.finish(job_of(ends), place_of(ends), os::Duration{1 + below(20'000'000)});
    }
    REQUIRE(bench.scheduler.done());
  }
}
