#include "scheduler_plan.hpp"

namespace mpr::test {
namespace {

using runner::JobPolicy;
using runner::Needs;
using runner::Policy;

/// What is peculiar about a run, a bit each; about a job, likewise. None: one plain job whose tasks succeed.
enum RunTraits : unsigned { kRecorded = 1, kEach = 2, kKnown = 4, kDying = 8, kStopping = 16, kPausing = 32 };
enum JobTraits : unsigned {
  kRetries = 1,
  kFailing = 2,
  kSlow = 4,
  kTogether = 8,
  kNeeds = 16,
  kWaiting = 32,
  kTolerant = 64,
  kLinked = 128
};

void draw_supplies(Tape& tape, Policy& policy) {
  policy.supplies.memory = 1 + tape.below(8);
  for (unsigned named = tape.below(3); named > 0; --named) policy.supplies.named.push_back({"s", 1 + tape.below(3)});
}

/// No more than there is.
Needs draw_needs(Tape& tape, const Policy& policy) {
  Needs needs;
  needs.cpus = 1 + tape.below(policy.workers);
  if (policy.supplies.memory == UINT64_MAX) return needs;
  needs.memory = tape.below(static_cast<unsigned>(policy.supplies.memory) + 1);
  for (const auto& supply : policy.supplies.named) needs.named.push_back(tape.below(supply.count + 1));
  return needs;
}

void draw_retry(Tape& tape, runner::Retry& retry) {
  retry.count = 1 + tape.below(3);
  retry.delay = std::chrono::milliseconds(tape.below(4) * 30);
  retry.backoff = 1 + tape.below(3);
}

/// Few or many, brief or long: 1 us to 0.5 s. Of the briefest, many are put together.
void draw_size(Tape& tape, JobStory& story, bool together) {
  const unsigned size = tape.below(8);
  const bool large = together && size == 7;
  story.tasks = size < 6 ? tape.below(1 + size * size * 4) : tape.below(large ? 3000 : 300);
  story.usual = os::Duration{1000U << tape.below(large ? 5 : 20)};
}

void draw_job(Tape& tape, SchedulerPlan& plan, size_t job) {
  Policy& policy = plan.policy;
  JobPolicy& its = policy.jobs[job];
  JobStory& story = plan.jobs[job];
  const unsigned traits = tape.below(256);
  its.puts_together = (traits & kTogether) != 0;
  draw_size(tape, story, its.puts_together);
  if (traits & kRetries) draw_retry(tape, its.retry);
  if (traits & kFailing) story.failing = 1 + tape.below(200);
  if (traits & kSlow) story.slow = 1 + tape.below(20);
  if (traits & kNeeds) its.needs = draw_needs(tape, policy);
  if (traits & kWaiting) {
    story.waiting = tape.below(100);
    story.breaks = tape.chance(60);
    story.opens = !tape.chance(30);
  }
  its.allow_failure = (traits & kTolerant) != 0 && tape.below(2) == 0;
  if ((traits & kLinked) == 0) return;
  for (size_t other = 0; other < job; ++other) {
    if (tape.below(2) == 1) story.needs.push_back(other);
  }
}

}  // namespace

SchedulerPlan plan_of(Tape& tape) {
  SchedulerPlan plan;
  const unsigned traits = tape.below(64);
  plan.recorded = (traits & kRecorded) != 0;
  plan.tells_each = (traits & kEach) != 0;
  if (plan.recorded && (traits & kKnown) != 0) {
    plan.known = tape.below(256);
    plan.known_failed = tape.below(100);
  }
  if (traits & kDying) plan.dying = 1 + tape.below(100);
  if (traits & kStopping) plan.stopping = 1 + tape.below(40);
  if (traits & kPausing) plan.pausing = 1 + tape.below(100);
  plan.policy.workers = 1 + tape.below(6);
  plan.policy.max_failures = tape.below(4) == 3 ? 1 + tape.below(5) : 0;
  const unsigned jobs = 1 + tape.below(5);
  plan.policy.jobs.resize(jobs);
  plan.jobs.resize(jobs);
  if (tape.below(2) == 1) draw_supplies(tape, plan.policy);
  for (size_t job = 0; job < jobs; ++job) draw_job(tape, plan, job);
  return plan;
}

}  // namespace mpr::test
