// Executors: those of a worker, each made when it is first needed.
#pragma once

#include <memory>

#include "worker/executor.hpp"
#include "worker/worker.hpp"

namespace mpr::worker {

class Executors {
 public:
  explicit Executors(const WorkerOptions& options) : options_(options) {}

  /// None that is_persistent().
  [[nodiscard]] Executor& of(ExecutorKind kind);
  /// One that is_persistent().
  [[nodiscard]] BatchExecutor& of_batches(ExecutorKind kind);

 private:
  WorkerOptions options_;
  std::unique_ptr<Executor> exec_;
  std::unique_ptr<Executor> fork_server_;
  std::unique_ptr<BatchExecutor> job_;
  std::unique_ptr<BatchExecutor> lines_;
  std::unique_ptr<BatchExecutor> json_;
};

}  // namespace mpr::worker
