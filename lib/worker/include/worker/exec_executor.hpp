// The exec executor: a new process for each task, fork and exec.
//
// A task is over when its process has ended, however long others keep its pipes open. What it leaves behind (background
// children, daemons that called setsid) has a tenth of a second to finish by itself, then it is killed. Nothing that
// the task started is alive when run() returns.
#pragma once

#include <vector>

#include "os/unique_fd.hpp"
#include "worker/attempt.hpp"
#include "worker/capture.hpp"
#include "worker/executor.hpp"
#include "worker/launcher.hpp"

namespace mpr::worker {

class ExecExecutor final : public Executor {
 public:
  explicit ExecExecutor(const WorkerOptions& options);

  [[nodiscard]] Result run(const Task& task, Supervisor& supervisor) override;

 private:
  std::variant<os::ProcessHandle, os::SpawnFailure> start(const Task& task, const Capture& capture,
                                                          Supervisor& supervisor);

  Launcher launcher_;
  os::UniqueFd null_;
  std::vector<std::byte> buffer_;
  Attempt::Output expected_ = Attempt::Output::little;
};

}  // namespace mpr::worker
