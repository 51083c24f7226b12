// Slots that have no worker: nothing is given to them, and nothing waits for them.
#include <catch2/catch.hpp>

#include "runner/scheduler.hpp"

using namespace mpr;
using namespace mpr::runner;
using namespace std::chrono_literals;

namespace {

constexpr os::Time kNow = os::Time{} + 1h;

std::vector<Assign> assigned(Scheduler& scheduler, os::Time now = kNow) {
  std::vector<Assign> all;
  for (const Action& action : scheduler.decide(now)) {
    if (const auto* assign = std::get_if<Assign>(&action)) all.push_back(*assign);
  }
  return all;
}

void finish(Scheduler& scheduler, const Assign& what, os::Time now = kNow) {
  worker::Result result;
  result.number = what.number;
  result.elapsed = 1ms;
  scheduler.vacated(what.slot, result, now);
  REQUIRE(scheduler.concluded(result, now) == Scheduler::Verdict::final);
  (void)scheduler.release(what.number);
}

Policy policy_of(unsigned workers, unsigned cpus_each) {
  JobPolicy job;
  job.needs.cpus = cpus_each;
  return {workers, 0, {job}, {}};
}

}  // namespace

TEST_CASE("a slot that is closed is given nothing, until it is reopened") {
  Scheduler scheduler{policy_of(3, 1)};
  for (int i = 0; i < 6; ++i) (void)scheduler.add({"input"});
  scheduler.close(1);
  scheduler.close(3);
  const auto first = assigned(scheduler);
  REQUIRE(first.size() == 1);
  CHECK(first[0].slot == 2);
  CHECK(assigned(scheduler).empty());
  scheduler.reopen(3);
  const auto second = assigned(scheduler);
  REQUIRE(second.size() == 1);
  CHECK(second[0].slot == 3);
}

TEST_CASE("with all slots closed nothing starts, and nothing is lost") {
  Scheduler scheduler{policy_of(2, 1)};
  (void)scheduler.add({"input"});
  scheduler.end_of_tasks();
  scheduler.close(1);
  scheduler.close(2);
  CHECK(assigned(scheduler).empty());
  CHECK_FALSE(scheduler.done());
  scheduler.reopen(2);
  const auto started = assigned(scheduler);
  REQUIRE(started.size() == 1);
  finish(scheduler, started[0]);
  CHECK(scheduler.done());
}

TEST_CASE("a slot that is closed idles for a task that needs several, which would wait for ever otherwise") {
  Scheduler scheduler{policy_of(3, 3)};
  (void)scheduler.add({"input"});
  scheduler.close(1);
  scheduler.close(3);
  const auto started = assigned(scheduler);
  REQUIRE(started.size() == 1);
  CHECK(started[0].slot == 2);
  CHECK(scheduler.holding(started[0].number).borrowed == std::vector<Slot>{1, 3});
}

TEST_CASE("what was given ahead is not recalled for a slot that is closed") {
  Scheduler scheduler{policy_of(2, 1)};
  scheduler.close(2);
  os::Time now = kNow;
  for (int i = 0; i < 40; ++i) (void)scheduler.add({"input"});
  scheduler.end_of_tasks();
  // With short tasks, all that are left are with the one worker in the end.
  for (unsigned finished = 0; finished < 30;) {
    for (const Assign& each : assigned(scheduler, now)) {
      now += 1ms;
      finish(scheduler, each, now);
      ++finished;
    }
  }
  for (const Action& action : scheduler.decide(now)) CHECK(std::holds_alternative<Assign>(action));
  CHECK(scheduler.decide(now).empty());
}

TEST_CASE("a task that could not be begun is ready again, as the same attempt") {
  Scheduler scheduler{policy_of(2, 1)};
  (void)scheduler.add({"input"});
  scheduler.end_of_tasks();
  const auto started = assigned(scheduler);
  REQUIRE(started.size() == 1);
  scheduler.not_begun(started[0].slot, started[0].number, kNow);
  scheduler.close(started[0].slot);
  CHECK(scheduler.counters().running == 0);
  CHECK(scheduler.counters().failed == 0);
  const auto again = assigned(scheduler);
  REQUIRE(again.size() == 1);
  CHECK(again[0].number == started[0].number);
  CHECK(again[0].slot != started[0].slot);
  CHECK(again[0].attempt == 1);
}
