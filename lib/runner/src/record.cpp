#include "record.hpp"

namespace mpr::runner {
namespace {

// While it is known that more than this many results wait to be committed, they are not waited for.
constexpr size_t kMostWaiting = 1000;
constexpr std::chrono::milliseconds kStartedDelay{50};

}  // namespace

Record::Record(Recorder* recorder, const Scheduler& scheduler, FrontEnd& front_end, AwaitRoom await_room)
    : scheduler_(scheduler) {
  if (!recorder) return;
  const auto sleep_until = [this, await_room = std::move(await_room)](os::Time until) {
    gave_up_ = !await_room(until);
    return !gave_up_;
  };
  const auto tell = [&front_end](const std::string& line) { front_end.warn(line); };
  patient_.emplace(*recorder, RoomWait{os::Clock::now, sleep_until, tell});
}

void Record::worker_started(Slot slot, pid_t pid) {
  if (patient_) patient_->worker_started(slot, pid);
}

void Record::started(os::Time now) {
  // So that it is on record as started, should it take longer.
  if (patient_) be_due_by(os::later(now, kStartedDelay));
}

void Record::output(worker::TaskNumber number, worker::Stream stream, std::span<const std::byte> bytes) {
  if (patient_) patient_->output(number, stream, bytes);
}

void Record::ended(const FinishedTask& task, const worker::Command& command, os::Time now) {
  // Also when this run is being stopped: one that resumes it has the attempts that are left.
  patient_->ended(task, command, !scheduler_.has_attempts_left(task.result));
  waiting_.emplace_back(task.slot, task.result);
  be_due_by(os::later(now, patient_->most_delay()));
  // A failure may be the one that stops the run: nothing is to be started after it.
  comes_first_ = comes_first_ || (scheduler_.counts_failures() && !task.result.success());
}

/// Not for long, and at once where nothing else is to be done.
bool Record::is_due(os::Time now) const {
  if (due_at_ == os::kNever) return false;
  if (now >= due_at_ || waiting_.size() >= kMostWaiting) return true;
  return !waiting_.empty() && scheduler_.counters().running == 0;
}

std::vector<RunningAttempt> Record::running() const {
  std::vector<RunningAttempt> attempts;
  for (Slot slot = 1; slot <= scheduler_.workers(); ++slot) {
    const auto task = scheduler_.running(slot);
    if (!task) continue;
    const worker::TaskNumber number = task->number;
    attempts.push_back({number, scheduler_.attempt(number), slot, task->since, scheduler_.inputs(number)});
  }
  return attempts;
}

Record::Results Record::commit() {
  if (!patient_) return {};
  patient_->commit(running());
  due_at_ = os::kNever;
  comes_first_ = false;
  return std::exchange(waiting_, {});
}

}  // namespace mpr::runner
