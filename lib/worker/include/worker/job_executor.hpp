// The executor of job programs (MPR_JOB): one process for many tasks, each of them a call.
//
// A process that crashes or exits in a task ends that task alone; those that it had been asked for and had not begun
// are asked of its successor. So it is with one that is ended for its task's timeout: it does not begin another task
// meanwhile. What tasks leave running in the background is ended with the process.
#pragma once

#include <memory>
#include <vector>

#include "os/unique_fd.hpp"
#include "worker/executor.hpp"
#include "worker/job_process.hpp"
#include "worker/launcher.hpp"
#include "worker/pace.hpp"

namespace mpr::worker {

class JobExecutor final : public BatchExecutor {
 public:
  explicit JobExecutor(const WorkerOptions& options);
  JobExecutor(const JobExecutor&) = delete;
  JobExecutor& operator=(const JobExecutor&) = delete;
  ~JobExecutor() override;

  void run(const Batch& batch, Supervisor& supervisor) override;

 private:
  friend class JobRun;

  Launcher launcher_;
  os::UniqueFd null_;
  std::vector<std::byte> buffer_;
  std::unique_ptr<JobProcess> process_;
  Residents* residents_ = nullptr;  ///< of the worker, once there is a process
  Pace pace_;                       ///< how many tasks to ask for at a time
  bool prints_much_ = false;        ///< the last task did
};

}  // namespace mpr::worker
