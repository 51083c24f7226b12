// TaskEnvironment: the environment variables that a worker's tasks are started with: those of mpr, the task's own
// instead of them where it has any, and what mpr tells each task about itself.
//
//   MPR_TASK  MPR_SLOT  MPR_ATTEMPT  MPR_RUN        always
//   Task::variables                                 what the runner says besides
//
// Ownership: what of() answers is valid until it is called again. The inherited variables are read once: the process
//   may not change its own environment afterwards.
#pragma once

#include <string>
#include <vector>

#include "worker/task.hpp"

namespace mpr::worker {

class TaskEnvironment {
 public:
  TaskEnvironment(unsigned slot, const std::string& run_id);
  TaskEnvironment(const TaskEnvironment&) = delete;
  TaskEnvironment& operator=(const TaskEnvironment&) = delete;

  /// As execve(2) wants it. `extra`: further variables, NAME=value or NAME for none, that live as long as the answer is
  /// used.
  [[nodiscard]] char* const* of(const Task& task, const std::vector<std::string>& extra = {});
  /// The PATH in it; none when there is none.
  [[nodiscard]] static const char* search_path(const Task& task);

 private:
  void override_with(const std::vector<std::string>& variables);

  std::string task_;
  std::string attempt_;
  std::vector<std::string> fixed_;
  std::vector<char*> inherited_;
  std::vector<char*> block_;
};

}  // namespace mpr::worker
