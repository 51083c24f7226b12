// Residents: the processes that a worker keeps from task to task. They are no leftovers of a task.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "os/children_list.hpp"

namespace mpr::worker {

class Residents {
 public:
  void add(pid_t pid);
  /// To be called when it has been reaped.
  void remove(pid_t pid);
  [[nodiscard]] const std::vector<pid_t>& pids() const { return pids_; }

  /// True when there are some, and this process surely has no other child. Costs one system call.
  [[nodiscard]] bool are_all_children();

 private:
  void write_text();

  std::vector<pid_t> pids_;
  std::string text_;  ///< as os::ChildrenList would have it
  std::optional<os::ChildrenList> children_;
};

}  // namespace mpr::worker
