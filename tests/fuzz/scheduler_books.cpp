#include "scheduler_books.hpp"

#include <algorithm>

namespace mpr::test {

using runner::Assign;
using runner::Counters;
using runner::Holding;
using runner::Needs;
using runner::Slot;
using worker::job_of;
using worker::task_number;
using worker::TaskNumber;

namespace {

constexpr uint64_t kMostAhead = 65;           // tasks that a worker is given
constexpr uint64_t kMostTogether = 3 * 8192;  // the same, of those that travel together
constexpr uint64_t kMostHeld = 10'000;

}  // namespace

SchedulerBooks::SchedulerBooks(const SchedulerPlan& plan)
    : plan_(plan), jobs_(plan.jobs.size()), slots_(plan.policy.workers) {
  free_.idle = slots_.size();
  free_.memory = plan.policy.supplies.memory;
  for (const auto& supply : plan.policy.supplies.named) {
    free_.named.push_back(supply.count);
    taken_.emplace_back(supply.count, false);
  }
}

void SchedulerBooks::opened(size_t job) {
  require(!jobs_[job].opened, "a job begins twice");
  require(!stopped_, "a job begins while the run stops");
  jobs_[job].opened = true;
  for (const size_t other : plan_.jobs[job].needs) {
    const Job& needed = jobs_[other];
    require(needed.read && !needed.broken && needed.open == 0, "a job begins before one that it needs has ended");
    require(needed.counters.failed == 0, "a job begins though one that it needs has failed");
  }
}

void SchedulerBooks::added(TaskNumber number) {
  const size_t index = job_of(number);
  Job& job = jobs_[index];
  job.tasks.emplace_back();
  ++job.counters.added;
  ++job.open;
  require(number == task_number(index, job.tasks.size()), "tasks are not numbered one after another");
  require(!stopped_, "a source is read while the run stops");
  make_ready(number);
  const uint64_t ahead = plan_.policy.jobs[index].puts_together ? kMostTogether : kMostAhead;
  require(job.ready <= ahead * (slots_.size() + 1), "a source is read too far ahead");
  require(plan_.policy.jobs[index].puts_together || job.open <= kMostHeld + kMostAhead * slots_.size(),
          "more is held than may be");
}

void SchedulerBooks::reused(TaskNumber number, bool success) {
  ++jobs_[job_of(number)].counters.reused;
  --jobs_[job_of(number)].ready;
  const bool tolerated = plan_.policy.jobs[job_of(number)].allow_failure;
  end(number, success ? &Counters::succeeded : tolerated ? &Counters::tolerated : &Counters::failed);
}

void SchedulerBooks::source_ended(size_t job, bool broken) {
  require(!jobs_[job].read, "a source is read beyond its end");
  jobs_[job].read = true;
  jobs_[job].broken = broken;
}

void SchedulerBooks::make_ready(TaskNumber number) {
  Job& job = jobs_[job_of(number)];
  at(number).state = State::ready;
  ++job.ready;
  job.first_ready = std::min(job.first_ready, worker::place_of(number));
}

void SchedulerBooks::end(TaskNumber number, uint64_t Counters::*how) {
  Job& job = jobs_[job_of(number)];
  const bool dropped = how == &Counters::dropped;
  at(number).state = dropped ? State::dropped : State::ended;
  --job.open;
  ++(job.counters.*how);
  failed_ += how == &Counters::failed;
}

/// Its run stops before it has had its turn, or before it is tried again: of that, nothing is printed.
void SchedulerBooks::drop(TaskNumber number) {
  end(number, at(number).attempts > 0 ? &Counters::cancelled : &Counters::dropped);
  at(number).state = State::dropped;
}

/// It was given out, and not begun.
void SchedulerBooks::come_back(TaskNumber number) {
  if (stopped_) return drop(number);
  make_ready(number);
}

uint64_t SchedulerBooks::first_ready(Job& job) {
  while (job.tasks[job.first_ready - 1].state != State::ready) ++job.first_ready;
  return job.first_ready;
}

void SchedulerBooks::deciding(os::Time now) {
  now_ = now;
  waiting_.reset();
  while (!delayed_.empty() && delayed_.begin()->first <= now) {
    make_ready(delayed_.begin()->second);
    delayed_.erase(delayed_.begin());
  }
}

void SchedulerBooks::assigned(const Assign& assign, const Holding& holding) {
  const size_t index = job_of(assign.number);
  require(!stopped_, "a task is started while the run stops");
  require(plan_.policy.max_failures == 0 || failed_ < plan_.policy.max_failures,
          "a task is started after the last failure that is allowed");
  check_slot(assign);
  check_order(index);
  Job& job = jobs_[index];
  require(job.ready > 0, "a task is given out that is not there to be given");
  const TaskNumber first = task_number(index, first_ready(job));
  require(assign.number == first, "a task is started out of turn, or twice, or too early");
  const runner::Retry& retry = plan_.policy.jobs[index].retry;
  for (TaskNumber number = first; number < first + assign.count; ++number) {
    Task& task = at(number);
    require(task.state == State::ready, "a task is given out that is not there to be given");
    require(assign.attempt == task.attempts + 1, "an attempt has the wrong number");
    require(assign.attempt <= retry.count + 1, "a task is tried more often than it may be");
    task.state = State::assigned;
    task.slot = static_cast<uint8_t>(assign.slot);
  }
  job.ready -= assign.count;
  take(assign, holding);
}

void SchedulerBooks::check_slot(const Assign& assign) {
  require(assign.slot >= 1 && assign.slot <= slots_.size(), "there is no such slot");
  require(assign.count >= 1, "nothing is given out");
  const SlotBook& slot = slots_[assign.slot - 1];
  const bool together = plan_.policy.jobs[job_of(assign.number)].puts_together;
  require(!slot.borrowed, "a task is started in a slot that idles for another");
  require(assign.count == 1 || plan_.policy.max_failures == 0, "tasks are put together where failures are counted");
  require(assign.count == 1 || (together && needs_of(job_of(assign.number)).plain()),
          "tasks are put together that should not be");
  if (slot.spans.empty()) return;
  require(plan_.policy.max_failures == 0, "a task is given ahead where failures are counted");
  require(needs_of(job_of(assign.number)).plain(), "a task that needs more than a worker has to wait in a slot");
  require(needs_of(job_of(slot.spans.front().first)).plain(), "a task waits behind one that needs more than a worker");
  require(slot.spans.size() < (together ? 3 : kMostAhead), "too much is given ahead");
  require(slot.spans.size() == 1 || !slot.spans.back().recalled,
          "more is given to a slot that is to give back what it has");
}

/// Before it is noted what the task takes.
void SchedulerBooks::check_order(size_t job) {
  for (size_t before = 0; before < job; ++before) {
    if (jobs_[before].ready == 0) continue;
    require(!needs_of(before).plain(), "a task is started before those of an earlier job that wait");
    if (!waiting_) remember_what_is_kept(before);
  }
}

void SchedulerBooks::remember_what_is_kept(size_t job) {
  const Needs& needs = needs_of(job);
  require(!lacks_workers(job), "workers are given away for which a task of an earlier job waits");
  waiting_ = job;
  kept_ = free_;
  kept_.memory = needs.memory > free_.memory ? free_.memory : 0;
  for (size_t supply = 0; supply < free_.named.size(); ++supply) {
    kept_.named[supply] = std::min(free_.named[supply], supply < needs.named.size() ? needs.named[supply] : 0);
  }
}

/// What somebody waits for in an earlier job is still there.
void SchedulerBooks::check_kept() const {
  if (!waiting_) return;
  require(free_.memory >= kept_.memory, "memory is given away for which a task of an earlier job waits");
  for (size_t supply = 0; supply < free_.named.size(); ++supply) {
    require(free_.named[supply] >= kept_.named[supply],
            "a supply is given away for which a task of an earlier job waits");
  }
}

void SchedulerBooks::take(const Assign& assign, const Holding& holding) {
  SlotBook& slot = slots_[assign.slot - 1];
  const Needs& needs = needs_of(job_of(assign.number));
  if (slot.spans.empty()) {
    ++busy_;
    --free_.idle;
    slot.since = now_;
  }
  slot.spans.push_back({assign.number, assign.count});
  require(holding.borrowed.size() == needs.cpus - 1, "a task does not have the CPUs that it needs");
  for (const Slot other : holding.borrowed) {
    require(slots_[other - 1].idle(), "a CPU is given to two tasks");
    slots_[other - 1].borrowed = true;
    --free_.idle;
  }
  if (needs.plain()) return;
  take_units(holding, needs);
  slot.held = {needs.cpus, holding};
  check_kept();
}

void SchedulerBooks::take_units(const Holding& holding, const Needs& needs) {
  require(holding.taken.memory == needs.memory, "a task does not have the memory that it needs");
  require(needs.memory <= free_.memory, "more memory is given out than there is");
  free_.memory -= needs.memory;
  for (size_t supply = 0; supply < needs.named.size(); ++supply) {
    require(holding.taken.units[supply].size() == needs.named[supply], "a task does not have the supplies it needs");
    for (const unsigned unit : holding.taken.units[supply]) {
      require(unit < taken_[supply].size() && !taken_[supply][unit], "a supply is given to two tasks");
      taken_[supply][unit] = true;
    }
    free_.named[supply] -= needs.named[supply];
  }
}

void SchedulerBooks::give_back(SlotBook& slot) {
  if (slot.held.cpus == 0) return;
  const Holding& holding = slot.held.holding;
  free_.memory += holding.taken.memory;
  for (size_t supply = 0; supply < holding.taken.units.size(); ++supply) {
    for (const unsigned unit : holding.taken.units[supply]) taken_[supply][unit] = false;
    free_.named[supply] += static_cast<unsigned>(holding.taken.units[supply].size());
  }
  for (const Slot other : holding.borrowed) slots_[other - 1].borrowed = false;
  free_.idle += holding.borrowed.size();
  slot.held = {};
}

void SchedulerBooks::recalled(Slot slot) {
  require(!stopped_, "a worker is asked for what it has while the run stops");
  auto& spans = slots_[slot - 1].spans;
  require(!spans.empty() && (spans.size() > 1 || spans[0].count > 1), "a recall where nothing can be recalled");
  for (Span& span : spans) span.recalled = true;
}

/// So many tasks, from the front of what the slot has first.
void SchedulerBooks::remove(SlotBook& slot, uint32_t count, os::Time now) {
  Span& head = slot.spans.front();
  head.first += count;
  head.count -= count;
  if (head.count > 0) return;
  longest_ = std::max(longest_, now - slot.since);
  slot.since = now;
  slot.spans.pop_front();
  if (slot.spans.empty()) vacate(slot);
}

void SchedulerBooks::vacate(SlotBook& slot) {
  --busy_;
  ++free_.idle;
  give_back(slot);
}

void SchedulerBooks::answered(Slot slot, TaskNumber first, uint32_t count, os::Time now) {
  SlotBook& its = slots_[slot - 1];
  for (TaskNumber number = first; number < first + count; ++number) {
    require(at(number).state == State::assigned && at(number).slot == slot, "an answer to what was not asked");
    ++at(number).attempts;
    end(number, &Counters::succeeded);
  }
  while (count > 0) {
    const uint32_t part = std::min(count, its.spans.front().count);
    count -= part;
    remove(its, part, now);
  }
}

void SchedulerBooks::vacated(Slot slot, const worker::Result& result, os::Time now) {
  SlotBook& its = slots_[slot - 1];
  Task& task = at(result.number);
  require(task.state == State::assigned && task.slot == slot, "a result of what was not asked");
  require(its.spans.front().first == result.number, "a result out of turn");
  task.state = State::vacated;
  ++task.attempts;
  jobs_[job_of(result.number)].counters.retried += task.attempts > 1;
  longest_ = std::max(longest_, result.elapsed);
  its.since = now;
  remove(its, 1, now);
}

void SchedulerBooks::concluded(const worker::Result& result, bool retry, os::Time now) {
  Task& task = at(result.number);
  const runner::JobPolicy& policy = plan_.policy.jobs[job_of(result.number)];
  require(task.state == State::vacated, "a result counts that should not");
  const bool cancelled = result.ending == worker::Ending::cancelled;
  const bool again = !result.success() && !cancelled && !stopped_ && task.attempts <= policy.retry.count;
  require(retry || !again, "a task that may be tried again is not");
  require(again || !retry, "a task is tried again that may not be");
  if (!retry) {
    auto failure = policy.allow_failure ? &Counters::tolerated : &Counters::failed;
    return end(result.number, result.success() ? &Counters::succeeded : cancelled ? &Counters::cancelled : failure);
  }
  double delay = static_cast<double>(policy.retry.delay.count());
  for (uint32_t attempt = 1; attempt < task.attempts; ++attempt) delay *= policy.retry.backoff;
  task.state = State::delayed;
  delayed_.emplace(now + os::Duration{static_cast<int64_t>(delay)}, result.number);
}

void SchedulerBooks::returned(Slot slot, TaskNumber first, uint32_t count, os::Time now) {
  SlotBook& its = slots_[slot - 1];
  const auto span = std::find_if(its.spans.begin(), its.spans.end(), [&](const Span& each) {
    return each.first <= first && first + count == each.first + each.count;
  });
  require(span != its.spans.end(), "tasks are returned that the slot does not have");
  for (TaskNumber number = first; number < first + count; ++number) come_back(number);
  if (span->first < first) {
    span->count -= count;
    return;
  }
  if (span == its.spans.begin()) its.since = now;
  its.spans.erase(span);
  if (its.spans.empty()) vacate(its);
}

void SchedulerBooks::lost(Slot slot, std::optional<TaskNumber> running) {
  SlotBook& its = slots_[slot - 1];
  require(running.has_value() == !its.spans.empty(), "a lost worker's task is forgotten");
  if (!running) return;
  require(*running == its.spans.front().first, "another task than the one that ran fails with its worker");
  for (const Span& span : its.spans) {
    for (TaskNumber number = span.first; number < span.first + span.count; ++number) {
      if (number != *running) come_back(number);
    }
  }
  its.spans = {{*running, 1}};
}

void SchedulerBooks::stopped() {
  stopped_ = true;
  for (size_t job = 0; job < jobs_.size(); ++job) {
    for (size_t place = 1; place <= jobs_[job].tasks.size(); ++place) {
      const TaskNumber number = task_number(job, place);
      if (at(number).state == State::ready || at(number).state == State::delayed) drop(number);
    }
    jobs_[job].ready = 0;
  }
  delayed_.clear();
}

}  // namespace mpr::test
