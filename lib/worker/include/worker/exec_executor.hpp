// The exec executor: a new process for each task, fork and exec.
//
// A task is over when its process has ended, however long others keep its pipes open. What it leaves behind (background
// children, daemons that called setsid) has a tenth of a second to finish by itself, then it is killed. Nothing that
// the task started is alive when run() returns.
#pragma once

#include <string>
#include <vector>

#include "os/spawn.hpp"
#include "os/unique_fd.hpp"
#include "worker/attempt.hpp"
#include "worker/capture.hpp"
#include "worker/supervisor.hpp"
#include "worker/task_environment.hpp"
#include "worker/worker.hpp"

namespace mpr::worker {

class ExecExecutor {
 public:
  explicit ExecExecutor(const WorkerOptions& options);

  [[nodiscard]] Result run(const Task& task, Supervisor& supervisor);

 private:
  std::variant<os::ProcessHandle, os::SpawnFailure> start(const Task& task, const Capture& capture,
                                                          Supervisor& supervisor);
  std::variant<os::ProcessHandle, os::SpawnFailure> spawn_patiently(const os::SpawnRequest& request,
                                                                    Supervisor& supervisor);
  /// argv[0] by the shell's rules; remembered, because tasks mostly run the same program.
  const os::ProgramSearch& locate(const Task& task);

  WorkerOptions options_;
  os::UniqueFd null_;
  os::SpawnStack stack_;
  os::SignalReset signals_;
  std::vector<std::byte> buffer_;
  TaskEnvironment environment_;
  Attempt::Output expected_ = Attempt::Output::little;
  std::string located_program_;
  std::string located_from_;  ///< directory
  std::string located_in_;    ///< PATH
  os::ProgramSearch located_;
};

}  // namespace mpr::worker
