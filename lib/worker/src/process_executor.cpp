#include "worker/process_executor.hpp"

#include "os/descriptors.hpp"
#include "worker/task_files.hpp"

namespace mpr::worker {
namespace {

constexpr size_t kReadBytes = 64 * 1024;  // a pipe's default capacity: one read can empty it

void could_not_start(Result& result, const os::SpawnFailure& failure) {
  result.ending = Ending::could_not_start;
  result.failure = failure;
}

/// Whether it might have been started, had the run not been stopped meanwhile.
bool given_up(const os::SpawnFailure& failure, const Supervisor& supervisor) {
  return supervisor.wish() != Wish::go_on &&
         (failure.step == os::SpawnStep::create_process || failure.step == os::SpawnStep::load);
}

}  // namespace

ProcessExecutor::ProcessExecutor() : null_(os::open_null()), buffer_(kReadBytes) {}

Result ProcessExecutor::run(const Task& task, Supervisor& supervisor) {
  Result result;
  result.number = task.number;
  result.attempt = task.attempt;
  const os::Time started = os::Clock::now();
  result.started = started.time_since_epoch();
  try {
    Capture capture{buffer_};
    Started outcome = start(task, capture, supervisor);
    capture.drop_task_ends();
    if (const auto* failure = std::get_if<os::SpawnFailure>(&outcome)) {
      could_not_start(result, *failure);
      if (given_up(*failure, supervisor)) result.ending = Ending::cancelled;
    } else {
      follow(std::get<os::ProcessHandle>(std::move(outcome)), task, supervisor, capture, result);
    }
  } catch (const NoPipe& none) {
    could_not_start(result, {none.error, os::SpawnStep::stdio});
  } catch (const NoFile& none) {
    could_not_start(result, none.failure);
  }
  result.elapsed = os::Clock::now() - started;
  return result;
}

ProcessExecutor::Started ProcessExecutor::start(const Task& task, const Capture& capture, Supervisor& supervisor) {
  const os::ProgramSearch& program = locate(task);
  if (program.error != 0) return os::SpawnFailure{program.error, os::SpawnStep::exec};
  const TaskFiles files{task.command};
  Stdio stdio;
  stdio.in = files.input() ? files.input() : os::FdRef{null_};
  stdio.out = files.output() ? files.output() : capture.task_end(Stream::out);
  stdio.err = capture.task_end(Stream::err);
  return start(task, stdio, supervisor);
}

void ProcessExecutor::follow(os::ProcessHandle process, const Task& task, Supervisor& supervisor, Capture& capture,
                             Result& result) {
  const os::Time now = os::Clock::now();
  std::optional<os::Duration> left = task.timeout;
  if (left) *left -= now.time_since_epoch() - result.started;
  const StopLadder ladder{now, left, task.kill_after};
  Attempt attempt{task, supervisor, capture, ladder, expected_};
  attempt.follow(std::move(process), result);
  expected_ = attempt.output();
  if (const auto failure = late_failure(result)) could_not_start(result, *failure);
}

std::optional<os::SpawnFailure> ProcessExecutor::late_failure(const Result&) {
  return std::nullopt;
}

}  // namespace mpr::worker
