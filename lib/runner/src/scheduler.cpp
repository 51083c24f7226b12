#include "runner/scheduler.hpp"

#include <algorithm>
#include <utility>

namespace mpr::runner {
namespace {

using worker::TaskNumber;

// Tasks that wait for their retry are held in memory; beyond this many, no new ones are taken up.
constexpr size_t kMostHeld = 10'000;
constexpr size_t kMostHeldBytes = 8 * 1024 * 1024;
// Half of what a pipe holds.
constexpr size_t kMostUnitBytes = 32 * 1024;

}  // namespace

Scheduler::Scheduler(const Policy& policy)
    : policy_(policy),
      workers_(policy.workers),
      jobs_(policy.jobs.size()),
      stock_(policy.supplies),
      open_jobs_(policy.jobs.size()) {}

void Scheduler::count_for(size_t job, uint64_t Counters::*what, uint64_t times) {
  counters_.*what += times;
  jobs_[job].counters.*what += times;
}

bool Scheduler::wants_tasks(size_t job) const {
  const Job& its = jobs_[job];
  if (!its.more_to_come || stopping_) return false;
  if (its.ready == 0 && delayed_.empty()) return true;
  const bool room = its.growing || its.ready < policy_.workers * depth(job);
  return room && tasks_.units() < kMostHeld && tasks_.bytes() < kMostHeldBytes;
}

TaskNumber Scheduler::next_number(size_t job) const {
  return worker::task_number(job, jobs_[job].counters.added + 1);
}

TaskNumber Scheduler::add(const Inputs& inputs, size_t job) {
  const TaskNumber number = next_number(job);
  Job& its = jobs_[job];
  count_for(job, &Counters::added);
  ++its.live;
  if (its.growing) {
    const TaskTable::Size size = tasks_.append(*its.growing, inputs);
    if (size.tasks >= its.unit.tasks() || size.bytes >= kMostUnitBytes) its.growing.reset();
    return number;
  }
  tasks_.add(number, inputs);
  make_ready(number);
  if (puts_together(job) && its.unit.tasks() > 1) its.growing = number;
  return number;
}

TaskNumber Scheduler::reuse(bool success, size_t job) {
  jobs_[job].growing.reset();  // what comes next does not follow it
  const TaskNumber number = next_number(job);
  count_for(job, &Counters::added);
  count_for(job, &Counters::reused);
  count_for(job, success                           ? &Counters::succeeded
                 : policy_of(number).allow_failure ? &Counters::tolerated
                                                   : &Counters::failed);
  return number;
}

void Scheduler::end_of_tasks(size_t job) {
  if (std::exchange(jobs_[job].more_to_come, false)) --open_jobs_;
}

bool Scheduler::done(size_t job) const {
  return !jobs_[job].more_to_come && jobs_[job].live == 0;
}

void Scheduler::make_ready(TaskNumber number) {
  ready_.insert(number);
  ++jobs_[worker::job_of(number)].ready;
}

void Scheduler::give_back_holding(TaskNumber number) {
  const auto held = holdings_.extract(number);
  if (held.empty()) return;
  for (const Slot slot : held.mapped().borrowed) worker(slot).borrowed = false;
  stock_.give_back(held.mapped().taken);
}

/// The task, which is the next of the worker's units that it belongs to, becomes a unit by itself.
void Scheduler::make_unit_of(Worker& worker, TaskNumber number) {
  const TaskNumber first = tasks_.first_with(number);
  if (first != number || tasks_.count(first) == 1) return;
  tasks_.split(first, 1);
  const auto found = std::find(worker.assigned.begin(), worker.assigned.end(), first);
  if (found != worker.assigned.end()) worker.assigned.insert(found + 1, first + 1);
}

void Scheduler::remove_assigned(Worker& worker, TaskNumber number, os::Time now) {
  const auto found = std::find(worker.assigned.begin(), worker.assigned.end(), number);
  if (found == worker.assigned.end()) return;
  if (found == worker.assigned.begin()) worker.head_since = now;
  worker.assigned.erase(found);
  if (worker.assigned.size() <= 1) worker.recalled = false;
  if (worker.assigned.empty()) --counters_.running;
  give_back_holding(number);
}

void Scheduler::answered(Slot slot, TaskNumber first, uint32_t count, os::Duration elapsed, os::Time now) {
  Job& job = jobs_[worker::job_of(first)];
  job.live -= count;
  this->count(first, &Counters::succeeded, count);
  job.unit.answered(count, elapsed);
  while (count > 0) {
    const uint32_t of_unit = std::min(count, tasks_.count(first));
    drop_answered(worker(slot), first, of_unit, now);
    first += of_unit;
    count -= of_unit;
  }
}

void Scheduler::drop_answered(Worker& worker, TaskNumber first, uint32_t count, os::Time now) {
  const bool whole = tasks_.count(first) == count;
  tasks_.drop(first, count);
  if (whole) {
    typical_.learn(now - worker.head_since);
    return remove_assigned(worker, first, now);
  }
  const auto found = std::find(worker.assigned.begin(), worker.assigned.end(), first);
  if (found != worker.assigned.end()) *found = first + count;
}

void Scheduler::vacated(Slot slot, const worker::Result& result, os::Time now) {
  make_unit_of(worker(slot), result.number);
  remove_assigned(worker(slot), result.number, now);
  jobs_[worker::job_of(result.number)].unit.answered(1, result.elapsed);
  if (result.ending != worker::Ending::worker_lost) typical_.learn(result.elapsed);
}

bool Scheduler::has_attempts_left(const worker::Result& result) const {
  if (result.success() || result.ending == worker::Ending::cancelled) return false;
  return tasks_.attempt(result.number) <= policy_of(result.number).retry.count;
}

bool Scheduler::is_retried(const worker::Result& result) const {
  return !stopping_ && has_attempts_left(result);
}

Scheduler::Verdict Scheduler::concluded(const worker::Result& result, os::Time now) {
  const TaskNumber number = result.number;
  if (result.attempt > 1) count(number, &Counters::retried);
  if (result.leaked) count(number, &Counters::leaked);
  if (is_retried(result)) {
    const uint32_t attempt = tasks_.next_attempt(number);
    delayed_.emplace(os::later(now, policy_of(number).retry.delay_before(attempt)), number);
    return Verdict::retry;
  }
  if (result.success()) {
    count(number, &Counters::succeeded);
  } else if (result.ending == worker::Ending::cancelled) {
    count(number, &Counters::cancelled);
  } else {
    count(number, policy_of(number).allow_failure ? &Counters::tolerated : &Counters::failed);
  }
  return Verdict::final;
}

void Scheduler::returned(Slot slot, TaskNumber first, os::Time now) {
  const TaskNumber unit = tasks_.first_with(first);
  if (unit == first) {
    remove_assigned(worker(slot), first, now);
  } else {
    tasks_.split(unit, static_cast<uint32_t>(first - unit));
    if (worker(slot).assigned.size() == 1) worker(slot).recalled = false;
  }
  make_ready_again(first);
}

void Scheduler::not_begun(Slot slot, TaskNumber number, os::Time now) {
  make_unit_of(worker(slot), number);
  returned(slot, number, now);
}

/// A unit of several is spread over all workers: it has come back because its worker was too slow for it.
void Scheduler::make_ready_again(TaskNumber first) {
  if (stopping_) return drop(first);
  const auto workers = static_cast<uint32_t>(workers_.size());
  const uint32_t piece = (tasks_.count(first) + workers - 1) / workers;
  for (; tasks_.count(first) > piece; first += piece) {
    tasks_.split(first, piece);
    make_ready(first);
  }
  make_ready(first);
}

std::optional<TaskNumber> Scheduler::worker_lost(Slot slot) {
  Worker& lost = worker(slot);
  lost.recalled = false;
  if (lost.assigned.empty()) return std::nullopt;
  const TaskNumber running = lost.assigned.front();
  make_unit_of(lost, running);
  for (auto waiting = lost.assigned.begin() + 1; waiting != lost.assigned.end(); ++waiting) make_ready_again(*waiting);
  lost.assigned.resize(1);
  return running;
}

void Scheduler::stop() {
  stopping_ = true;
  for (size_t job = 0; job < jobs_.size(); ++job) {
    end_of_tasks(job);
    jobs_[job].ready = 0;
    jobs_[job].growing.reset();
  }
  for (const TaskNumber number : ready_) drop(number);
  ready_.clear();
  for (const auto& [time, number] : delayed_) drop(number);
  delayed_.clear();
}

void Scheduler::drop(TaskNumber first) {
  const TaskTable::Unit& unit = tasks_.unit(first);
  const uint32_t tasks = unit.rows.count();
  count(first, unit.attempt > 1 ? &Counters::cancelled : &Counters::dropped, tasks);
  jobs_[worker::job_of(first)].live -= tasks;
  tasks_.drop(first, tasks);
}

Inputs Scheduler::release(TaskNumber number) {
  Inputs inputs = tasks_.inputs(number);
  tasks_.drop(number, 1);
  --jobs_[worker::job_of(number)].live;
  return inputs;
}

Holding Scheduler::holding(TaskNumber number) const {
  const auto found = holdings_.find(number);
  return found == holdings_.end() ? Holding{} : found->second;
}

std::optional<Scheduler::Running> Scheduler::running(Slot slot) const {
  const Worker& its = workers_[slot - 1];
  if (its.assigned.empty()) return std::nullopt;
  return Running{its.assigned.front(), its.head_since};
}

}  // namespace mpr::runner
