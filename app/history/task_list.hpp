// The tasks of a run that have a result, in the order of its plan.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/store.hpp"

namespace mpr::app {

/// A task as a command line names it: "7", or "square/7".
struct TaskName {
  std::optional<std::string> job;
  worker::TaskNumber number = 0;
};

/// None for what is no such name.
[[nodiscard]] std::optional<TaskName> parse_task_name(const std::string& text);

struct ListedTask {
  store::TaskRef task;
  store::AttemptKey key;  ///< of its last attempt that ended
  bool success = false;
};

struct TaskList {
  std::vector<ListedTask> tasks;
  uint64_t damaged = 0;  ///< records that are left out
};

/// `only`: this one alone. Reads all records of the run.
[[nodiscard]] TaskList list_tasks(store::Store& store, store::RunKey run, const std::optional<store::TaskRef>& only);

}  // namespace mpr::app
