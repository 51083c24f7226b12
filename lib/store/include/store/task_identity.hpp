// TaskIdentities: the identities of a run's tasks.
//
// Of a task that reads a file, what the file holds now counts; one that reads what is not a regular file is never the
// same as another. The directory of tasks without one of their own is part of their identity, if it is given.
//
// Errors: std::system_error for a file that cannot be read. Threads: one.
#pragma once

#include <string>

#include "store/identity.hpp"
#include "worker/task.hpp"

namespace mpr::store {

class TaskIdentities {
 public:
  explicit TaskIdentities(std::string directory) : directory_(std::move(directory)) {}

  [[nodiscard]] Identity of(const worker::Command& command);
  /// Whether the file that its output went to, if it went to one, is there.
  [[nodiscard]] static bool output_is_there(const worker::Command& command);

 private:
  [[nodiscard]] std::optional<Identity> input_of(const worker::Command& command);

  std::string directory_;
  ContentDigests digests_;
};

}  // namespace mpr::store
