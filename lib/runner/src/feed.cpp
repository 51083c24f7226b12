#include "feed.hpp"

#include <algorithm>
#include <utility>

namespace mpr::runner {
namespace {

// Each holds a source open, which may be a file.
constexpr size_t kMostOpenJobs = 256;
// Finished without being run, before the rest of the loop has its turn.
constexpr size_t kMostServed = 1000;
constexpr uint64_t kMuchHeld = 16 * 1024 * 1024;

std::vector<std::vector<size_t>> needs_of(const Plan& plan) {
  std::vector<std::vector<size_t>> needs;
  for (const Job& job : plan.jobs) needs.push_back(job.needs);
  return needs;
}

}  // namespace

Feed::Feed(Plan& plan, Scheduler& scheduler, JobOutputs& outputs, Recorder* recorder, WatchSource watch)
    : plan_(plan),
      scheduler_(scheduler),
      outputs_(outputs),
      recorder_(recorder),
      watch_(std::move(watch)),
      board_(needs_of(plan)),
      waits_(plan.jobs.size(), false),
      read_(plan.jobs.size(), false),
      errors_(plan.jobs.size()) {}

void Feed::turn() {
  served_ = 0;
  do {
    open_ready();
    for (const size_t job : std::vector<size_t>(open_)) take_from(job);
  } while (end_finished());
}

void Feed::open_ready() {
  while (open_.size() < kMostOpenJobs && !scheduler_.stopping() && !paused_) {
    const auto job = board_.next_ready();
    if (!job) return;
    open(*job);
  }
}

void Feed::open(size_t job) {
  Job& its = plan_.jobs[job];
  open_.push_back(job);
  // What may yet be tried again, or has not been recorded, may not be seen.
  outputs_.begin(job, its.policy.retry.count == 0 && !recorder_, its.is_read);
  try {
    if (!its.source) its.source = its.open([this](size_t other) { return outputs_.gathered(other); });
  } catch (const std::exception&) {
    fail(job);
  }
  record(job);
}

/// To be called while its source's exception is being handled.
void Feed::fail(size_t job) {
  try {
    throw;
  } catch (const std::exception& error) {
    errors_[job] = error.what();
  }
  if (!source_error_) source_error_ = std::current_exception();
  // What was read before it stands: those tasks are run and printed, then this is told.
  scheduler_.end_of_tasks(job);
}

bool Feed::holds_much() const {
  return served_ >= kMostServed || (!outputs_.drained() && outputs_.held_bytes() > kMuchHeld);
}

bool Feed::wants(size_t job) const {
  return !paused_ && !waits_[job] && scheduler_.wants_tasks(job);
}

bool Feed::may_go_on() const {
  return std::any_of(open_.begin(), open_.end(), [this](size_t job) { return wants(job); }) &&
         (outputs_.drained() || outputs_.held_bytes() <= kMuchHeld);
}

void Feed::take_from(size_t job) {
  Inputs inputs;
  while (wants(job) && !(recorder_ && holds_much())) {
    try {
      switch (plan_.jobs[job].source->next(inputs)) {
        case TaskSource::Next::task:
          take_up(job, inputs);
          break;
        case TaskSource::Next::end:
          read_[job] = true;
          scheduler_.end_of_tasks(job);
          break;
        case TaskSource::Next::wait:
          waits_[job] = watch_(job);
          break;
      }
    } catch (const std::exception&) {
      fail(job);
    }
  }
}

void Feed::take_up(size_t job, const Inputs& inputs) {
  if (recorder_) {
    const worker::TaskNumber number = scheduler_.next_number(job);
    const auto known = recorder_->find(number, plan_.command(inputs, number, std::nullopt));
    if (known) return serve(job, inputs, *known);
  }
  scheduler_.add(inputs, job);
}

void Feed::serve(size_t job, Inputs inputs, KnownTask& known) {
  ++served_;
  FinishedTask task{std::move(inputs), known.slot(), known.result()};
  task.result.number = scheduler_.reuse(known.result().success(), job);
  Gather& gather = outputs_.of(task.result.number);
  for (const worker::Stream stream : {worker::Stream::out, worker::Stream::err}) {
    known.read(stream, [&](std::span<const std::byte> bytes) {
      gather.output(task.result.number, task.inputs, stream, bytes);
    });
  }
  gather.finished(task);
}

bool Feed::end_finished() {
  std::vector<size_t> finished;
  for (const size_t job : open_) {
    if (scheduler_.done(job)) finished.push_back(job);
  }
  if (finished.empty()) return false;
  std::erase_if(open_, [this](size_t job) { return scheduler_.done(job); });
  for (const size_t job : finished) end(job);
  return true;
}

JobState Feed::end_of(size_t job) const {
  const Counters& counters = scheduler_.counters(job);
  if (counters.failed > 0 || !errors_[job].empty()) return JobState::failed;
  // That the run is being stopped does not matter to a job that has nothing left to do.
  return read_[job] && counters.cancelled + counters.dropped == 0 ? JobState::succeeded : JobState::stopped;
}

void Feed::end(size_t job) {
  outputs_.end(job);
  const std::vector<size_t> skipped = board_.ended(job, end_of(job));
  record(job);
  for (const size_t other : skipped) {
    scheduler_.end_of_tasks(other);
    outputs_.end(other);
    record(other);
  }
}

void Feed::record(size_t job) {
  if (recorder_) recorder_->job_changed(job, report(job));
}

JobReport Feed::report(size_t job) const {
  return {board_.state(job), board_.because(job), errors_[job], scheduler_.counters(job)};
}

std::vector<JobReport> Feed::reports() const {
  std::vector<JobReport> all;
  for (size_t job = 0; job < plan_.jobs.size(); ++job) all.push_back(report(job));
  return all;
}

}  // namespace mpr::runner
