// Launcher: starts a task's program in a new process, with everything that a task is due: its environment, directory,
// signals, limits and CPUs.
//
// Errors: SpawnFailure for what keeps the program from being started. When there is no process or memory to be had for
//   the moment, it is tried again for up to half a minute.
#pragma once

#include <span>
#include <string>
#include <variant>
#include <vector>

#include "os/signals.hpp"
#include "os/spawn.hpp"
#include "worker/supervisor.hpp"
#include "worker/task.hpp"
#include "worker/task_environment.hpp"
#include "worker/worker.hpp"

namespace mpr::worker {

/// The descriptors of a process to be started.
struct Stdio {
  os::FdRef in;
  os::FdRef out;
  os::FdRef err;
  std::span<const os::FdRef> passed{};  ///< as in os::SpawnRequest
};

class Launcher {
 public:
  explicit Launcher(const WorkerOptions& options);

  /// `extra`: variables besides those of the task, NAME=value, or NAME for none.
  [[nodiscard]] std::variant<os::ProcessHandle, os::SpawnFailure> start(const Task& task, const Stdio& stdio,
                                                                        Supervisor& supervisor,
                                                                        const std::vector<std::string>& extra = {});

  /// argv[0] by the shell's rules; remembered, because tasks mostly run the same program.
  [[nodiscard]] const os::ProgramSearch& locate(const Task& task);
  [[nodiscard]] TaskEnvironment& environment() { return environment_; }

 private:
  WorkerOptions options_;
  os::SpawnStack stack_;
  os::SignalReset signals_;
  TaskEnvironment environment_;
  std::string located_program_;
  std::string located_from_;  ///< directory
  std::string located_in_;    ///< PATH
  os::ProgramSearch located_;
};

}  // namespace mpr::worker
