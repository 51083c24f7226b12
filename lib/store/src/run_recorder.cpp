#include "store/run_recorder.hpp"

#include <array>
#include <csignal>
#include <utility>

#include "os/cpu_set.hpp"

namespace mpr::store {
namespace {

using runner::Slot;
using worker::TaskNumber;

/// The wall clock's time of a moment on the monotonic one.
UnixTime wall_time(os::Time moment) {
  return unix_now() - (os::Clock::now() - moment).count();
}

Counts counts_of(const runner::Counters& counters, std::optional<uint64_t> total) {
  return {.total = total,
          .succeeded = counters.succeeded,
          .failed = counters.failed + counters.tolerated,
          .reused = counters.reused,
          .cancelled = counters.cancelled,
          .never_started = counters.dropped};
}

JobState state_of(runner::JobState state) {
  switch (state) {
    case runner::JobState::waiting:
      return JobState::waiting;
    case runner::JobState::open:
      return JobState::running;
    case runner::JobState::succeeded:
      return JobState::succeeded;
    case runner::JobState::failed:
      return JobState::failed;
    case runner::JobState::stopped:
      return JobState::waiting;
    case runner::JobState::skipped:
      return JobState::skipped;
  }
  return JobState::waiting;
}

RunState state_of(const runner::RunReport& report) {
  if (report.signal || report.output_closed) return RunState::interrupted;
  if (report.source_error) return RunState::broken;
  return report.counters.failed > 0 ? RunState::failed : RunState::succeeded;
}

class Known final : public runner::KnownTask {
 public:
  Known(Store& store, AttemptRecord attempt) : store_(store), attempt_(std::move(attempt)) {
    worker::Result& result = attempt_.result;
    result.inverted = result.ending == worker::Ending::exited && attempt_.success != result.status.success();
  }
  [[nodiscard]] const worker::Result& result() const override { return attempt_.result; }
  [[nodiscard]] Slot slot() const override { return attempt_.slot; }
  void read(worker::Stream stream, const std::function<void(std::span<const std::byte>)>& consume) override {
    // It was found intact a moment ago: what is not is somebody's doing just now.
    if (store_.read_output(attempt_, stream, consume)) return;
    throw StoreError(StoreError::Cause::damaged,
                     "an output in store '" + store_.path() + "' has changed while it was read");
  }

 private:
  Store& store_;
  AttemptRecord attempt_;
};

}  // namespace

RunRecorder::RunRecorder(Store& store, RunWriter writer, const runner::Plan& plan, Options options)
    : store_(store),
      writer_(std::move(writer)),
      plan_(plan),
      options_(std::move(options)),
      identities_(options_.directory),
      jobs_(plan.jobs.size()) {
  for (size_t job = 0; job < jobs_.size(); ++job) {
    jobs_[job].position = static_cast<uint32_t>(job);
    jobs_[job].name = plan.jobs[job].name;
    writer_.job_changed(jobs_[job]);
  }
}

TaskRef RunRecorder::ref_of(TaskNumber number) const {
  return {static_cast<uint32_t>(worker::job_of(number)), plan_.place_of(number)};
}

std::unique_ptr<runner::KnownTask> RunRecorder::find(TaskNumber number, const worker::Command& command) {
  const Identity known_by = identities_.of(command);
  if (options_.finished && TaskIdentities::output_is_there(command)) {
    if (auto attempt = options_.finished->take(known_by)) {
      writer_.reused(*attempt, ref_of(number));
      return std::make_unique<Known>(store_, std::move(*attempt));
    }
  }
  admitted_[number] = {known_by};
  return nullptr;
}

void RunRecorder::worker_started(Slot slot, pid_t pid) {
  WorkerRecord record;
  record.slot = slot;
  record.process = os::ProcessIdentity::of(pid);
  if (slot <= options_.affinity.size()) record.cpus = os::cpu_list_text(options_.affinity[slot - 1]);
  writer_.workers_started(std::array{record});
}

void RunRecorder::output(TaskNumber number, worker::Stream stream, std::span<const std::byte> bytes) {
  writer_.output(ref_of(number), admitted_.at(number).attempt, stream, bytes);
}

AttemptRecord RunRecorder::record_of(TaskNumber number, uint32_t attempt, Slot slot,
                                     const runner::Inputs& inputs) const {
  AttemptRecord record;
  record.job = ref_of(number).job;
  record.slot = slot;
  record.identity = admitted_.at(number).identity;
  record.inputs = inputs;
  record.result.number = ref_of(number).number;
  record.result.attempt = attempt;
  return record;
}

void RunRecorder::ended(const runner::FinishedTask& task, const worker::Command& command, bool final) {
  const TaskNumber number = task.result.number;
  AttemptRecord record = record_of(number, task.result.attempt, task.slot, task.inputs);
  record.argv = command.argv;
  record.result = task.result;
  record.result.number = ref_of(number).number;
  record.final = final;
  record.success = task.result.success();
  record.started = task.result.started.count() == 0 ? unix_now() : wall_time(os::Time{task.result.started});
  writer_.attempt_ended(std::move(record));
  on_record_.erase(number);
  if (final) {
    admitted_.erase(number);
  } else {
    admitted_.at(number).attempt = task.result.attempt + 1;
  }
}

void RunRecorder::job_changed(size_t job, const runner::JobReport& report) {
  JobRecord& record = jobs_[job];
  record.state = state_of(report.state);
  if (report.because) record.because = plan_.jobs[*report.because].name;
  const auto& source = plan_.jobs[job].source;
  record.counts = counts_of(report.counters, source ? source->total() : std::nullopt);
  if (record.state == JobState::running) record.started = unix_now();
  if (record.state != JobState::running && record.started != 0) record.ended = unix_now();
  writer_.job_changed(record);
  if (const auto total = plan_.total()) writer_.set_total(*total);
}

void RunRecorder::commit(std::span<const runner::RunningAttempt> running) {
  for (const runner::RunningAttempt& attempt : running) {
    if (!on_record_.insert(attempt.number).second) continue;
    AttemptRecord record = record_of(attempt.number, attempt.attempt, attempt.slot, attempt.inputs);
    record.argv = plan_.command(attempt.inputs, attempt.number, attempt.slot).argv;
    record.started = wall_time(attempt.since);
    writer_.attempt_started(std::move(record));
  }
  writer_.commit();
}

std::optional<std::string> RunRecorder::no_room(const std::exception& error) const {
  const auto* failure = dynamic_cast<const StoreError*>(&error);
  if (!failure || failure->cause() != StoreError::Cause::full) return std::nullopt;
  return "store: no room on '" + store_.path() + "' (" + failure->reason() + ")";
}

void RunRecorder::finish(const runner::RunReport& report) {
  const int signal = report.signal.value_or(report.output_closed ? SIGPIPE : 0);
  writer_.finish(state_of(report), signal, counts_of(report.counters, plan_.total()));
}

void RunRecorder::give_up() {
  writer_.finish(RunState::broken, 0, writer_.run().counts);
}

}  // namespace mpr::store
