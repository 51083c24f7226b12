// TaskFiles: what a task's standard input and output are, when they are files.
//
// Ownership: open for as long as it exists; only until the task has been started.
// Errors: NoFile when one cannot be opened.
#pragma once

#include "os/spawn.hpp"
#include "os/unique_fd.hpp"
#include "worker/task.hpp"

namespace mpr::worker {

struct NoFile {
  os::SpawnFailure failure;
};

class TaskFiles {
 public:
  /// Makes the output file, and the directories that lead to it.
  explicit TaskFiles(const Command& command);

  /// None: the task has nothing to read.
  [[nodiscard]] os::FdRef input() const { return input_; }
  /// None: it does not go to a file.
  [[nodiscard]] os::FdRef output() const { return output_; }

 private:
  os::UniqueFd input_;
  os::UniqueFd output_;
};

}  // namespace mpr::worker
