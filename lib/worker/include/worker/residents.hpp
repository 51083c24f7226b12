// Residents: the processes that a worker keeps from task to task. They are no leftovers of a task.
#pragma once

#include <sys/types.h>

#include <algorithm>
#include <vector>

namespace mpr::worker {

class Residents {
 public:
  void add(pid_t pid) { pids_.push_back(pid); }
  /// To be called when it has been reaped.
  void remove(pid_t pid) { std::erase(pids_, pid); }
  [[nodiscard]] const std::vector<pid_t>& pids() const { return pids_; }

 private:
  std::vector<pid_t> pids_;
};

}  // namespace mpr::worker
