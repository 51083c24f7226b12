#include "worker/exec_executor.hpp"

#include "os/descriptors.hpp"
#include "worker/task_files.hpp"

namespace mpr::worker {
namespace {

constexpr size_t kReadBytes = 64 * 1024;  // a pipe's default capacity: one read can empty it

}  // namespace

ExecExecutor::ExecExecutor(const WorkerOptions& options)
    : launcher_(options), null_(os::open_null()), buffer_(kReadBytes) {}

Result ExecExecutor::run(const Task& task, Supervisor& supervisor) {
  Result result;
  result.number = task.number;
  result.attempt = task.attempt;
  const os::Time started = os::Clock::now();
  result.started = started.time_since_epoch();
  try {
    Capture capture{buffer_};
    auto outcome = start(task, capture, supervisor);
    capture.drop_task_ends();
    if (const auto* failure = std::get_if<os::SpawnFailure>(&outcome)) {
      result.ending = Ending::could_not_start;
      result.failure = *failure;
    } else {
      const StopLadder ladder{started, task.timeout, task.kill_after};
      Attempt attempt{task, supervisor, capture, ladder, expected_};
      attempt.follow(std::get<os::ProcessHandle>(std::move(outcome)), result);
      expected_ = attempt.output();
    }
  } catch (const NoPipe& none) {
    result.ending = Ending::could_not_start;
    result.failure = {none.error, os::SpawnStep::stdio};
  } catch (const NoFile& none) {
    result.ending = Ending::could_not_start;
    result.failure = none.failure;
  }
  result.elapsed = os::Clock::now() - started;
  return result;
}

std::variant<os::ProcessHandle, os::SpawnFailure> ExecExecutor::start(const Task& task, const Capture& capture,
                                                                      Supervisor& supervisor) {
  const os::ProgramSearch& program = launcher_.locate(task);
  if (program.error != 0) return os::SpawnFailure{program.error, os::SpawnStep::exec};
  const TaskFiles files{task.command};
  Stdio stdio;
  stdio.in = files.input() ? files.input() : os::FdRef{null_};
  stdio.out = files.output() ? files.output() : capture.task_end(Stream::out);
  stdio.err = capture.task_end(Stream::err);
  return launcher_.start(task, stdio, supervisor);
}

}  // namespace mpr::worker
