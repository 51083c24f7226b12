// ProcessExecutor: runs each task in a process of its own, however that comes into being.
//
// A task is over when its process has ended, however long others keep its pipes open. What it leaves behind (background
// children, daemons that called setsid) has a tenth of a second to finish by itself, then it is killed. Nothing that
// the task started is alive when run() returns.
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "os/unique_fd.hpp"
#include "worker/attempt.hpp"
#include "worker/executor.hpp"
#include "worker/launcher.hpp"

namespace mpr::worker {

class ProcessExecutor : public Executor {
 public:
  [[nodiscard]] Result run(const Task& task, Supervisor& supervisor) final;

 protected:
  using Started = std::variant<os::ProcessHandle, os::SpawnFailure>;

  ProcessExecutor();
  ProcessExecutor(const ProcessExecutor&) = delete;
  ProcessExecutor& operator=(const ProcessExecutor&) = delete;

  /// Starts the program that locate() found, with these descriptors.
  [[nodiscard]] virtual Started start(const Task& task, const Stdio& stdio, Supervisor& supervisor) = 0;
  [[nodiscard]] virtual const os::ProgramSearch& locate(const Task& task) = 0;
  /// What kept the process that start() gave from becoming the task, when it turns out by how it ended.
  [[nodiscard]] virtual std::optional<os::SpawnFailure> late_failure(const Result& result);

 private:
  Started start(const Task& task, const Capture& capture, Supervisor& supervisor);
  void follow(os::ProcessHandle process, const Task& task, Supervisor& supervisor, Capture& capture, Result& result);

  os::UniqueFd null_;
  std::vector<std::byte> buffer_;
  Attempt::Output expected_ = Attempt::Output::little;
};

}  // namespace mpr::worker
