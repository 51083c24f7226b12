#include "runner/scheduler.hpp"

#include <algorithm>
#include <utility>

namespace mpr::runner {
namespace {

using std::chrono::milliseconds;
using worker::TaskNumber;

// Work given ahead to a worker: about this much time's worth. Long enough to hide a round trip of some 50 us many times
// over, short enough that a result or a stop is never far away.
constexpr milliseconds kAhead{10};
constexpr size_t kMostAhead = 64;
// Tasks longer than this gain nothing from being given ahead.
constexpr milliseconds kLong{50};
// A task that takes this much longer than usual holds up those behind it.
constexpr int kSlowFactor = 8;
constexpr milliseconds kLeastPatience{20};
// Tasks that wait for their retry are held in memory; beyond this many, no new ones are taken up.
constexpr size_t kMostHeld = 10'000;
constexpr size_t kMostHeldBytes = 8 * 1024 * 1024;
// Half of what a pipe holds.
constexpr size_t kMostUnitBytes = 32 * 1024;
// One is running, one is on its way, one is ready when that has come.
constexpr size_t kUnitsAhead = 3;

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

bool Scheduler::puts_together(size_t job) const {
  // Where failures are counted, a task that was given ahead might start after the last one that may fail.
  return policy_.jobs[job].puts_together && policy_.jobs[job].needs.plain() && policy_.max_failures == 0;
}

/// How many units a worker has at the most.
size_t Scheduler::depth(size_t job) const {
  if (policy_.max_failures != 0) return 1;
  if (typical_ == os::Duration{0} || typical_ >= kLong) return 1;
  if (puts_together(job)) return kUnitsAhead;
  return std::clamp<size_t>(static_cast<size_t>(kAhead / typical_), 1, kMostAhead) + 1;
}

os::Duration Scheduler::patience() const {
  return std::max<os::Duration>(kLeastPatience, kSlowFactor * typical_);
}

bool Scheduler::is_slow(const Worker& worker, os::Time now) const {
  return !worker.assigned.empty() && now - worker.head_since >= patience();
}

/// Whether tasks may wait at a worker that has one already.
bool Scheduler::takes_ahead(const Worker& worker) const {
  return !waits_for_workers_ && policy_of(worker.assigned.front()).needs.plain();
}

/// For how many units of a job with plain tasks.
size_t Scheduler::room(const Worker& worker, size_t job, os::Time now) const {
  if (worker.recalled || worker.borrowed || worker.closed) return 0;
  const size_t has = worker.assigned.size();
  if (has > 0 && !takes_ahead(worker)) return 0;
  const size_t most = is_slow(worker, now) || waits_for_workers_ ? 1 : depth(job);
  // Refilled at half, so that tasks travel several at a time.
  return has == 0 || 2 * has <= most ? most - has : 0;
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

std::vector<Action> Scheduler::decide(os::Time now) {
  std::vector<Action> actions;
  if (stopping_) return actions;
  wake_delayed(now);
  assign_ready(now, actions);
  recall_for_idle(now, actions);
  return actions;
}

void Scheduler::wake_delayed(os::Time now) {
  while (!delayed_.empty() && delayed_.begin()->first <= now) {
    make_ready(delayed_.begin()->second);
    delayed_.erase(delayed_.begin());
  }
}

size_t Scheduler::idle_workers() const {
  return static_cast<size_t>(
      std::count_if(workers_.begin(), workers_.end(), [](const Worker& each) { return each.idle(); }));
}

bool Scheduler::any_free() const {
  return std::any_of(workers_.begin(), workers_.end(), [](const Worker& each) { return each.free(); });
}

void Scheduler::assign_ready(os::Time now, std::vector<Action>& actions) {
  waits_for_workers_.reset();
  if (ready_.empty()) return;
  Reserve reserve{stock_.free(), idle_workers()};
  for (auto first = ready_.begin(); first != ready_.end();) {
    const size_t job = worker::job_of(*first);
    if (policy_.jobs[job].needs.plain()) {
      if (!assign_plain(job, reserve, now, actions)) return;
    } else {
      assign_special(job, reserve, now, actions);
      if (waits_for_workers_ && reserve.idle_workers() == 0) return;
    }
    first = ready_.lower_bound(worker::task_number(job + 1, 0));
  }
}

/// False when no worker has room for another.
bool Scheduler::assign_plain(size_t job, Reserve& reserve, os::Time now, std::vector<Action>& actions) {
  const auto usable = [&](const Worker& each) {
    return each.idle() && reserve.idle_workers() == 0 ? 0 : room(each, job, now);
  };
  while (jobs_[job].ready > 0) {
    const auto freest = std::max_element(workers_.begin(), workers_.end(),
                                         [&](const Worker& a, const Worker& b) { return usable(a) < usable(b); });
    size_t count = usable(*freest);
    if (count == 0) return false;
    if (freest->idle()) reserve.use(Needs{});
    // An even share when there is little left, so that the last tasks are spread over all workers.
    count = std::min(count, std::max<size_t>(1, jobs_[job].ready / workers_.size()));
    for (; count > 0; --count) start(*freest, *ready_.lower_bound(worker::task_number(job, 0)), now, actions);
  }
  return true;
}

void Scheduler::assign_special(size_t job, Reserve& reserve, os::Time now, std::vector<Action>& actions) {
  const Needs& needs = policy_.jobs[job].needs;
  while (jobs_[job].ready > 0) {
    const auto idle = std::find_if(workers_.begin(), workers_.end(), [](const Worker& each) { return each.free(); });
    if (idle == workers_.end() || !reserve.admits(needs)) {
      const bool lacks_workers = idle == workers_.end() || reserve.lacks_workers(needs);
      if (!waits_for_workers_ && lacks_workers) waits_for_workers_ = job;
      return reserve.keep_for(needs);
    }
    reserve.use(needs);
    const TaskNumber number = *ready_.lower_bound(worker::task_number(job, 0));
    holdings_[number].taken = stock_.take(needs);
    start(*idle, number, now, actions);
    borrow_workers(number, needs.cpus - 1);
  }
}

void Scheduler::start(Worker& worker, TaskNumber number, os::Time now, std::vector<Action>& actions) {
  Job& job = jobs_[worker::job_of(number)];
  ready_.erase(number);
  --job.ready;
  if (job.growing == number) job.growing.reset();
  if (worker.assigned.empty()) {
    worker.head_since = now;
    ++counters_.running;
  }
  worker.assigned.push_back(number);
  const TaskTable::Unit& unit = tasks_.unit(number);
  const Slot slot = static_cast<Slot>(&worker - workers_.data()) + 1;
  actions.emplace_back(Assign{slot, number, unit.rows.count(), unit.attempt});
}

/// First those that are not there anyway.
void Scheduler::borrow_workers(TaskNumber number, unsigned count) {
  for (const bool closed : {true, false}) {
    for (Slot slot = 1; slot <= workers_.size() && count > 0; ++slot) {
      if (!worker(slot).idle() || worker(slot).closed != closed) continue;
      worker(slot).borrowed = true;
      holdings_[number].borrowed.push_back(slot);
      --count;
    }
  }
}

void Scheduler::give_back_holding(TaskNumber number) {
  const auto held = holdings_.extract(number);
  if (held.empty()) return;
  for (const Slot slot : held.mapped().borrowed) worker(slot).borrowed = false;
  stock_.give_back(held.mapped().taken);
}

/// Tasks that wait behind the one that runs: units, or the rest of its own, if that takes longer than it should.
bool Scheduler::can_give_back(const Worker& worker, os::Time now) const {
  if (worker.recalled || worker.assigned.empty()) return false;
  return worker.assigned.size() >= 2 || (tasks_.count(worker.assigned.front()) > 1 && is_slow(worker, now));
}

/// What waits here has its turn after the task that waits for workers. (What comes before that would come back at
/// once.)
bool Scheduler::is_in_the_way(const Worker& worker) const {
  return waits_for_workers_ && worker::job_of(worker.assigned.back()) > *waits_for_workers_;
}

void Scheduler::recall_for_idle(os::Time now, std::vector<Action>& actions) {
  const bool idle = (waits_for_workers_ || ready_.empty()) && any_free();
  for (Worker& each : workers_) {
    if (!can_give_back(each, now) || !(idle || is_in_the_way(each) || is_slow(each, now))) continue;
    each.recalled = true;
    actions.emplace_back(Recall{static_cast<Slot>(&each - workers_.data()) + 1});
  }
}

os::Time Scheduler::next_decision() const {
  if (stopping_) return os::kNever;
  os::Time next = delayed_.empty() ? os::kNever : delayed_.begin()->first;
  for (const Worker& each : workers_) {
    const bool waits = each.assigned.size() >= 2 || (!each.assigned.empty() && tasks_.count(each.assigned[0]) > 1);
    if (!each.recalled && waits) next = std::min(next, each.head_since + patience());
  }
  return next;
}

os::Duration Scheduler::slack() const {
  if (stopping_ || (ready_.empty() && open_jobs_ == 0)) return os::Duration{0};
  size_t least = kMostAhead;
  for (const Worker& each : workers_) {
    if (!each.closed) least = std::min(least, each.assigned.size());
  }
  // Half of what is expected: some tasks are shorter than others.
  return least < 2 ? os::Duration{0} : typical_ * static_cast<int64_t>(least - 1) / 2;
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

void Scheduler::learn(os::Duration elapsed) {
  const os::Duration took = std::max(elapsed, os::Duration{1});
  typical_ = typical_ == os::Duration{0} ? took : (7 * typical_ + took) / 8;
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
    learn(now - worker.head_since);
    return remove_assigned(worker, first, now);
  }
  const auto found = std::find(worker.assigned.begin(), worker.assigned.end(), first);
  if (found != worker.assigned.end()) *found = first + count;
}

void Scheduler::vacated(Slot slot, const worker::Result& result, os::Time now) {
  make_unit_of(worker(slot), result.number);
  remove_assigned(worker(slot), result.number, now);
  jobs_[worker::job_of(result.number)].unit.answered(1, result.elapsed);
  if (result.ending != worker::Ending::worker_lost) learn(result.elapsed);
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
