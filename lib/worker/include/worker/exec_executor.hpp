// The exec executor: a new process for each task, fork and exec.
#pragma once

#include "worker/process_executor.hpp"

namespace mpr::worker {

class ExecExecutor final : public ProcessExecutor {
 public:
  explicit ExecExecutor(const WorkerOptions& options) : launcher_(options) {}

 private:
  [[nodiscard]] Started start(const Task& task, const Stdio& stdio, Supervisor& supervisor) override {
    return launcher_.start(task, stdio, supervisor);
  }
  [[nodiscard]] const os::ProgramSearch& locate(const Task& task) override { return launcher_.locate(task); }

  Launcher launcher_;
};

}  // namespace mpr::worker
