#include "worker/exec_executor.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>

#include "os/descriptors.hpp"
#include "os/poll_set.hpp"

namespace mpr::worker {
namespace {

constexpr size_t kReadBytes = 64 * 1024;  // a pipe's default capacity: one read can empty it
constexpr std::array<std::string_view, 4> kOurVariables{"MPR_TASK=", "MPR_SLOT=", "MPR_ATTEMPT=", "MPR_RUN="};
constexpr std::chrono::milliseconds kFirstRetry{10};
constexpr std::chrono::milliseconds kLastRetry{1000};
constexpr std::chrono::seconds kRetryFor{30};

bool is_ours(const char* variable) {
  return std::any_of(kOurVariables.begin(), kOurVariables.end(),
                     [&](std::string_view name) { return std::string_view(variable).starts_with(name); });
}

/// Out of processes or memory for the moment: other tasks' ends may mend it.
bool may_pass(const os::SpawnFailure& failure) {
  return failure.step == os::SpawnStep::create_process && (failure.error == EAGAIN || failure.error == ENOMEM);
}

/// Waits for a while, or for an order.
void pause(Supervisor& supervisor, std::chrono::milliseconds time) {
  os::PollSet watched;
  const size_t orders = watched.add(supervisor.orders(), os::PollSet::kReadable);
  watched.wait(os::Clock::now() + time);
  if (watched.ready(orders)) supervisor.read_orders();
}

}  // namespace

ExecExecutor::ExecExecutor(const WorkerOptions& options)
    : options_(options),
      null_(os::open_null()),
      signals_(os::SignalReset::to(options.signals)),
      buffer_(kReadBytes),
      fixed_variables_{"MPR_SLOT=" + std::to_string(options.slot), "MPR_RUN=" + options.run_id} {
  for (char** variable = environ; *variable; ++variable) {
    if (!is_ours(*variable)) environment_.push_back(*variable);
  }
  for (std::string& variable : fixed_variables_) environment_.push_back(variable.data());
  environment_.insert(environment_.end(), {nullptr, nullptr, nullptr});  // task, attempt, end
}

void ExecExecutor::set_task_environment(const Task& task) {
  task_variable_ = "MPR_TASK=" + std::to_string(task.number);
  attempt_variable_ = "MPR_ATTEMPT=" + std::to_string(task.attempt);
  environment_[environment_.size() - 3] = task_variable_.data();
  environment_[environment_.size() - 2] = attempt_variable_.data();
}

const os::ProgramSearch& ExecExecutor::locate(const std::string& program) {
  if (program != located_program_ || located_.error != 0) {
    located_program_ = program;
    located_ = os::find_program(program);
  }
  return located_;
}

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
      const StopLadder ladder{started, options_.timeout, options_.kill_after};
      Attempt attempt{task, supervisor, capture, ladder, expected_};
      attempt.follow(std::get<os::ProcessHandle>(std::move(outcome)), result);
      expected_ = attempt.output();
    }
  } catch (const NoPipe& none) {
    result.ending = Ending::could_not_start;
    result.failure = {none.error, os::SpawnStep::stdio};
  }
  result.elapsed = os::Clock::now() - started;
  return result;
}

std::variant<os::ProcessHandle, os::SpawnFailure> ExecExecutor::start(const Task& task, const Capture& capture,
                                                                      Supervisor& supervisor) {
  const os::ProgramSearch& program = locate(task.argv.front());
  if (program.error != 0) return os::SpawnFailure{program.error, os::SpawnStep::exec};
  set_task_environment(task);
  std::vector<char*> argv;
  argv.reserve(task.argv.size() + 1);
  for (const std::string& word : task.argv) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  os::SpawnRequest request;
  request.path = program.path.c_str();
  request.argv = argv.data();
  request.envp = environment_.data();
  request.in = null_;
  request.out = capture.task_end(Stream::out);
  request.err = capture.task_end(Stream::err);
  request.signals = &signals_;
  request.open_files = options_.open_files;

  const os::Time give_up = os::Clock::now() + kRetryFor;
  for (auto delay = kFirstRetry;; delay = std::min(2 * delay, kLastRetry)) {
    auto outcome = os::spawn(request, stack_);
    const auto* failure = std::get_if<os::SpawnFailure>(&outcome);
    const bool again = failure && may_pass(*failure) && supervisor.wish() == Wish::go_on && os::Clock::now() < give_up;
    if (!again) return outcome;
    pause(supervisor, delay);
  }
}

}  // namespace mpr::worker
