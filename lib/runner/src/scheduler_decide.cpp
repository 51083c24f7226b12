// What is handed out to workers, and what is called back from them.
#include <algorithm>

#include "runner/scheduler.hpp"

namespace mpr::runner {
namespace {

using worker::TaskNumber;

// While one is running, one is on its way, and one is ready when that has come.
constexpr size_t kUnitsAhead = 2;

}  // namespace

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
    for (; count > 0; --count) start(*freest, first_ready(job), now, actions);
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
    const TaskNumber number = first_ready(job);
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
  actions.emplace_back(Assign{slot_of(worker), number, unit.rows.count(), unit.attempt});
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
    actions.emplace_back(Recall{slot_of(each)});
  }
}

os::Time Scheduler::next_decision() const {
  if (stopping_) return os::kNever;
  os::Time next = delayed_.empty() ? os::kNever : delayed_.begin()->first;
  for (const Worker& each : workers_) {
    const bool waits = each.assigned.size() >= 2 || (!each.assigned.empty() && tasks_.count(each.assigned[0]) > 1);
    if (!each.recalled && waits) next = std::min(next, each.head_since + typical_.patience());
  }
  return next;
}

os::Duration Scheduler::slack() const {
  if (stopping_ || (ready_.empty() && open_jobs_ == 0)) return os::Duration{0};
  size_t least = TypicalTime::kMostAhead;
  for (const Worker& each : workers_) {
    if (!each.closed) least = std::min(least, each.assigned.size());
  }
  // Half of what is expected: some tasks are shorter than others.
  return least < 2 ? os::Duration{0} : typical_.get() * static_cast<int64_t>(least - 1) / 2;
}

bool Scheduler::puts_together(size_t job) const {
  // Where failures are counted, a task that was given ahead might start after the last one that may fail.
  return policy_.jobs[job].puts_together && policy_.jobs[job].needs.plain() && !counts_failures();
}

/// How many units a worker has at the most.
size_t Scheduler::depth(size_t job) const {
  if (counts_failures() || !typical_.is_short()) return 1;
  return 1 + (puts_together(job) ? kUnitsAhead : typical_.tasks_ahead());
}

bool Scheduler::is_slow(const Worker& worker, os::Time now) const {
  return !worker.assigned.empty() && now - worker.head_since >= typical_.patience();
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

}  // namespace mpr::runner
