#include "runner/scheduler.hpp"

#include <algorithm>

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

size_t bytes_of(const Inputs& inputs) {
  size_t bytes = 0;
  for (const std::string& input : inputs) bytes += input.size();
  return bytes;
}

}  // namespace

Scheduler::Scheduler(const Policy& policy) : policy_(policy), workers_(policy.workers) {}

size_t Scheduler::depth() const {
  // Where failures are counted, a task that was given ahead might start after the last one that may fail.
  if (policy_.max_failures != 0) return 1;
  if (typical_ == os::Duration{0} || typical_ >= kLong) return 1;
  return std::clamp<size_t>(static_cast<size_t>(kAhead / typical_), 1, kMostAhead) + 1;
}

os::Duration Scheduler::patience() const {
  return std::max<os::Duration>(kLeastPatience, kSlowFactor * typical_);
}

bool Scheduler::is_slow(const Worker& worker, os::Time now) const {
  return !worker.assigned.empty() && now - worker.head_since >= patience();
}

size_t Scheduler::room(const Worker& worker, os::Time now) const {
  if (worker.recalled) return 0;
  const size_t most = is_slow(worker, now) ? 1 : depth();
  const size_t has = worker.assigned.size();
  // Refilled at half, so that tasks travel several at a time.
  return has == 0 || 2 * has <= most ? most - has : 0;
}

bool Scheduler::wants_tasks() const {
  if (!more_to_come_ || stopping_) return false;
  if (ready_.empty() && delayed_.empty()) return true;
  return tasks_.size() < kMostHeld && held_bytes_ < kMostHeldBytes && ready_.size() < policy_.workers * depth();
}

TaskNumber Scheduler::add(Inputs inputs) {
  const TaskNumber number = ++counters_.added;
  held_bytes_ += bytes_of(inputs);
  tasks_.emplace(number, Entry{std::move(inputs), 1});
  ready_.insert(number);
  return number;
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
    ready_.insert(delayed_.begin()->second);
    delayed_.erase(delayed_.begin());
  }
}

void Scheduler::assign_ready(os::Time now, std::vector<Action>& actions) {
  while (!ready_.empty()) {
    const auto freest = std::max_element(workers_.begin(), workers_.end(),
                                         [&](const Worker& a, const Worker& b) { return room(a, now) < room(b, now); });
    size_t count = room(*freest, now);
    if (count == 0) return;
    // An even share when there is little left, so that the last tasks are spread over all workers.
    count = std::min(count, std::max<size_t>(1, ready_.size() / workers_.size()));
    for (; count > 0; --count) {
      const TaskNumber number = *ready_.begin();
      ready_.erase(ready_.begin());
      if (freest->assigned.empty()) {
        freest->head_since = now;
        ++counters_.running;
      }
      freest->assigned.push_back(number);
      actions.emplace_back(Assign{static_cast<Slot>(freest - workers_.begin()) + 1, number, tasks_.at(number).attempt});
    }
  }
}

void Scheduler::recall_for_idle(os::Time now, std::vector<Action>& actions) {
  const bool idle = ready_.empty() && std::any_of(workers_.begin(), workers_.end(),
                                                  [](const Worker& each) { return each.assigned.empty(); });
  for (Worker& each : workers_) {
    if (each.recalled || each.assigned.size() < 2 || !(idle || is_slow(each, now))) continue;
    each.recalled = true;
    actions.emplace_back(Recall{static_cast<Slot>(&each - workers_.data()) + 1});
  }
}

os::Time Scheduler::next_decision() const {
  if (stopping_) return os::kNever;
  os::Time next = delayed_.empty() ? os::kNever : delayed_.begin()->first;
  for (const Worker& each : workers_) {
    if (!each.recalled && each.assigned.size() >= 2) next = std::min(next, each.head_since + patience());
  }
  return next;
}

os::Duration Scheduler::slack() const {
  if (stopping_ || (ready_.empty() && !more_to_come_)) return os::Duration{0};
  size_t least = kMostAhead;
  for (const Worker& each : workers_) least = std::min(least, each.assigned.size());
  // Half of what is expected: some tasks are shorter than others.
  return least < 2 ? os::Duration{0} : typical_ * static_cast<int64_t>(least - 1) / 2;
}

void Scheduler::remove_assigned(Worker& worker, TaskNumber number, os::Time now) {
  const auto found = std::find(worker.assigned.begin(), worker.assigned.end(), number);
  if (found == worker.assigned.end()) return;
  if (found == worker.assigned.begin()) worker.head_since = now;
  worker.assigned.erase(found);
  if (worker.assigned.size() <= 1) worker.recalled = false;
  if (worker.assigned.empty()) --counters_.running;
}

void Scheduler::learn(os::Duration elapsed) {
  const os::Duration took = std::max(elapsed, os::Duration{1});
  typical_ = typical_ == os::Duration{0} ? took : (7 * typical_ + took) / 8;
}

Scheduler::Verdict Scheduler::finished(Slot slot, const worker::Result& result, os::Time now) {
  remove_assigned(worker(slot), result.number, now);
  if (result.ending != worker::Ending::worker_lost) learn(result.elapsed);
  if (result.attempt > 1) ++counters_.retried;
  if (result.leaked) ++counters_.leaked;
  if (result.success()) {
    ++counters_.succeeded;
  } else if (result.ending == worker::Ending::cancelled) {
    ++counters_.cancelled;
  } else if (Entry& entry = tasks_.at(result.number); entry.attempt <= policy_.retries && !stopping_) {
    ++entry.attempt;
    delayed_.emplace(os::later(now, policy_.retry_delay), result.number);
    return Verdict::retry;
  } else {
    ++counters_.failed;
  }
  return Verdict::final;
}

void Scheduler::returned(Slot slot, TaskNumber number, os::Time now) {
  remove_assigned(worker(slot), number, now);
  if (stopping_) {
    drop(number);
  } else {
    ready_.insert(number);
  }
}

std::optional<TaskNumber> Scheduler::worker_lost(Slot slot) {
  Worker& lost = worker(slot);
  lost.recalled = false;
  if (lost.assigned.empty()) return std::nullopt;
  const TaskNumber running = lost.assigned.front();
  for (const TaskNumber number : std::vector<TaskNumber>(lost.assigned.begin() + 1, lost.assigned.end())) {
    if (stopping_) {
      drop(number);
    } else {
      ready_.insert(number);
    }
  }
  lost.assigned.resize(1);
  return running;
}

void Scheduler::stop() {
  stopping_ = true;
  more_to_come_ = false;
  for (const TaskNumber number : ready_) drop(number);
  ready_.clear();
  for (const auto& [time, number] : delayed_) drop(number);
  delayed_.clear();
}

void Scheduler::drop(TaskNumber number) {
  const bool tried = attempt(number) > 1;
  (void)release(number);
  ++(tried ? counters_.cancelled : counters_.dropped);
}

Inputs Scheduler::release(TaskNumber number) {
  auto entry = tasks_.extract(number);
  held_bytes_ -= bytes_of(entry.mapped().inputs);
  return std::move(entry.mapped().inputs);
}

}  // namespace mpr::runner
