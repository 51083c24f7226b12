#include "worker/job_executor.hpp"

#include <algorithm>
#include <csignal>
#include <exception>

#include "job_run.hpp"
#include "os/descendants.hpp"
#include "os/descriptors.hpp"

namespace mpr::worker {
namespace {

constexpr size_t kReadBytes = 64 * 1024;  // a pipe's default capacity: one read can empty it

}  // namespace

JobExecutor::JobExecutor(const WorkerOptions& options)
    : launcher_(options), null_(os::open_null()), buffer_(kReadBytes) {}

JobExecutor::~JobExecutor() {
  if (!process_) return;
  try {
    process_->retire(*residents_);
    (void)os::end_descendants(os::Clock::now() + std::chrono::seconds(10), residents_->pids());
  } catch (const std::exception&) {
    // What cannot be waited for here falls to mpr when this worker ends.
    process_->signal(SIGKILL);
  }
}

void JobExecutor::run(const Batch& batch, Supervisor& supervisor) {
  residents_ = &supervisor.residents();
  JobRun{*this, batch, supervisor}.run();
}

}  // namespace mpr::worker
