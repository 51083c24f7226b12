// What holds whenever the scheduler has decided, and in the end.
#include <algorithm>

#include "scheduler_books.hpp"

namespace mpr::test {

using runner::Counters;
using runner::JobReport;
using runner::JobState;
using runner::Needs;
using runner::Scheduler;
using runner::Slot;
using worker::job_of;
using worker::TaskNumber;

void SchedulerBooks::decided(const Scheduler& scheduler) {
  check_what_is_said(scheduler);
  if (stopped_) return;
  check_idle();
  check_recalls();
  check_wake_up(scheduler);
}

void SchedulerBooks::check_what_is_said(const Scheduler& scheduler) const {
  require(scheduler.counters().running == busy_, "running is not the number of workers with a task");
  bool all_have_two = true;
  for (Slot slot = 1; slot <= slots_.size(); ++slot) {
    const SlotBook& its = slots_[slot - 1];
    const auto running = scheduler.running(slot);
    require(running.has_value() == !its.spans.empty(), "it is not known whether a slot has a task");
    require(!running || running->number == its.spans.front().first, "it is not known which task a slot has");
    all_have_two = all_have_two && its.spans.size() >= 2;
  }
  require(all_have_two || scheduler.slack() == os::Duration{0}, "the runner may rest while a worker has nothing to do");
}

/// The first job of the plan with tasks that are ready.
std::optional<size_t> SchedulerBooks::first_that_waits() const {
  for (size_t job = 0; job < jobs_.size(); ++job) {
    if (jobs_[job].ready > 0) return job;
  }
  return std::nullopt;
}

bool SchedulerBooks::fits(const Needs& needs, const Free& free) const {
  if (needs.cpus > free.idle || needs.memory > free.memory) return false;
  return std::equal(needs.named.begin(), needs.named.end(), free.named.begin(), std::less_equal<>{});
}

/// Nothing waits that could run: beside all that may be kept for those before it that wait.
void SchedulerBooks::check_idle() const {
  Free free = free_;
  for (size_t job = 0; job < jobs_.size(); ++job) {
    if (jobs_[job].ready == 0) continue;
    const Needs& needs = needs_of(job);
    if (needs.plain()) return require(free_.idle == 0, "a worker idles though a task waits for it");
    require(!fits(needs, free), "a task waits though all that it needs is free");
    if (lacks_workers(job)) return;
    free.memory -= std::min(free.memory, needs.memory);
    for (size_t supply = 0; supply < needs.named.size(); ++supply) {
      free.named[supply] -= std::min(free.named[supply], needs.named[supply]);
    }
  }
}

/// Tasks do not wait in a slot while another idles, while workers are lacking for a task that comes before them, or
/// behind one that takes much longer than any before.
void SchedulerBooks::check_recalls() const {
  const auto first = first_that_waits();
  // What had workers enough when it had its turn, and lacked something else, is not what they are wanted for.
  const bool lacking = first && !waiting_ && !needs_of(*first).plain() && lacks_workers(*first);
  const bool idle = free_.idle > 0 && (lacking || !first);
  for (const SlotBook& slot : slots_) {
    if (slot.spans.size() < 2 || slot.spans.back().recalled) continue;
    require(!idle, "tasks wait in a slot while a worker idles");
    require(!lacking || job_of(slot.spans.back().first) < *first, "tasks wait in a slot that is wanted before them");
    require(now_ - slot.since < longest_patience(), "tasks wait behind one that takes too long");
  }
}

os::Duration SchedulerBooks::longest_patience() const {
  return std::max<os::Duration>(std::chrono::milliseconds(20), 8 * longest_);
}

void SchedulerBooks::check_wake_up(const Scheduler& scheduler) const {
  const os::Time next = scheduler.next_decision();
  require(delayed_.empty() || next <= delayed_.begin()->first, "the time to try a task again is slept through");
  for (const SlotBook& slot : slots_) {
    if (slot.spans.size() < 2 || slot.spans.back().recalled) continue;
    require(next <= slot.since + longest_patience(), "the time to see that a task takes too long is slept through");
  }
}

void SchedulerBooks::printed(TaskNumber first, uint64_t count) {
  Job& job = jobs_[job_of(first)];
  for (++job.printed; job.printed < worker::place_of(first); ++job.printed) {
    require(job.tasks[job.printed - 1].state == State::dropped, "what a task printed is lost or out of order");
  }
  require(job.printed == worker::place_of(first), "what a task printed is printed twice");
  for (TaskNumber number = first; number < first + count; ++number) {
    require(at(number).state == State::ended, "a task is printed that has not ended");
  }
  job.printed += count - 1;
}

void SchedulerBooks::check_counters(size_t job, const Counters& counters) const {
  const Counters& ours = jobs_[job].counters;
  require(counters.added == ours.added && counters.final() == ours.added, "not every task has ended once");
  require(counters.succeeded == ours.succeeded && counters.failed == ours.failed,
          "successes or failures are miscounted");
  require(counters.tolerated == ours.tolerated, "tolerated failures are miscounted");
  require(counters.cancelled == ours.cancelled && counters.dropped == ours.dropped, "what was stopped is miscounted");
  require(counters.retried == ours.retried && counters.reused == ours.reused, "attempts are miscounted");
}

JobState SchedulerBooks::end_of(size_t index, const std::vector<JobReport>& reports) const {
  const Job& job = jobs_[index];
  if (!job.opened) {
    const auto& needs = plan_.jobs[index].needs;
    const bool skipped = std::any_of(needs.begin(), needs.end(), [&](size_t other) {
      return reports[other].state == JobState::failed || reports[other].state == JobState::skipped;
    });
    require(skipped || stopped_, "a job that could begin never does");
    return skipped ? JobState::skipped : JobState::waiting;
  }
  if (job.broken || job.counters.failed > 0) return JobState::failed;
  const bool complete = job.read && job.counters.cancelled == 0 && job.counters.dropped == 0;
  require(complete || stopped_, "a job ends before all its tasks have");
  return complete ? JobState::succeeded : JobState::stopped;
}

void SchedulerBooks::closed(const Scheduler& scheduler, const std::vector<JobReport>& reports) {
  require(busy_ == 0 && free_.idle == slots_.size(), "the run ends while something runs");
  require(free_.memory == plan_.policy.supplies.memory, "memory is not given back");
  for (size_t job = 0; job < jobs_.size(); ++job) {
    Job& its = jobs_[job];
    require(its.open == 0, "the run ends before all its tasks have");
    check_counters(job, scheduler.counters(job));
    for (++its.printed; its.printed <= its.tasks.size(); ++its.printed) {
      require(its.tasks[its.printed - 1].state == State::dropped, "what a task printed is lost");
    }
    require(reports[job].state == end_of(job, reports), "a job's end is told wrongly");
  }
}

}  // namespace mpr::test
