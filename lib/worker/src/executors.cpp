#include "worker/executors.hpp"

#include <stdexcept>

#include "worker/dialogue_executor.hpp"
#include "worker/exec_executor.hpp"
#include "worker/fork_server_executor.hpp"
#include "worker/job_executor.hpp"
#include "worker/json_protocol.hpp"
#include "worker/line_protocol.hpp"

namespace mpr::worker {
namespace {

template <class Made, class Kind>
Kind& made_once(std::unique_ptr<Kind>& executor, const WorkerOptions& options) {
  if (!executor) executor = std::make_unique<Made>(options);
  return *executor;
}

template <class Protocol>
BatchExecutor& talking_once(std::unique_ptr<BatchExecutor>& executor, const WorkerOptions& options) {
  if (!executor) executor = std::make_unique<DialogueExecutor>(options, std::make_unique<Protocol>());
  return *executor;
}

}  // namespace

Executor& Executors::of(ExecutorKind kind) {
  switch (kind) {
    case ExecutorKind::exec:
      return made_once<ExecExecutor>(exec_, options_);
    case ExecutorKind::fork_server:
      return made_once<ForkServerExecutor>(fork_server_, options_);
    default:
      throw std::logic_error("internal error: a task came to an executor of batches");
  }
}

BatchExecutor& Executors::of_batches(ExecutorKind kind) {
  switch (kind) {
    case ExecutorKind::persistent:
      return made_once<JobExecutor>(job_, options_);
    case ExecutorKind::lines:
      return talking_once<LineProtocol>(lines_, options_);
    case ExecutorKind::json:
      return talking_once<JsonProtocol>(json_, options_);
    default:
      throw std::logic_error("internal error: a batch came to an executor of single tasks");
  }
}

}  // namespace mpr::worker
