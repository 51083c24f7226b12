// Attempt: follows one started process from its start to the moment when nothing of it is left.
#pragma once

#include <set>
#include <span>
#include <vector>

#include "os/poll_set.hpp"
#include "os/process_handle.hpp"
#include "worker/capture.hpp"
#include "worker/stop_ladder.hpp"
#include "worker/supervisor.hpp"

namespace mpr::worker {

class Attempt {
 public:
  /// What is known beforehand of how much it will write: little is best read at its end, much as it comes.
  enum class Output : uint8_t { little, much };

  Attempt(const Task& task, Supervisor& supervisor, Capture& capture, StopLadder ladder, Output expected);

  /// Returns when the process and all that it left behind have ended. Fills in all of `result` that can be known then.
  void follow(os::ProcessHandle process, Result& result);
  /// How much it wrote; what to expect of the next of its kind.
  [[nodiscard]] Output output() const;

 private:
  void await_main_process(Result& result);
  void settle_leftovers(Result& result);
  /// Waits for output, orders, an end, or `until`. True when one of `ends` has come.
  bool wait(std::span<const os::ProcessHandle> ends, os::Time until);
  void stop_process_if_due();
  /// Reaps what has ended. Whether anything else that the task started is left.
  [[nodiscard]] bool leftovers() const;
  [[nodiscard]] const std::vector<pid_t>& spared() const { return supervisor_.residents().pids(); }
  void terminate_new(const std::vector<pid_t>& left);

  const Task& task_;
  Supervisor& supervisor_;
  Capture& capture_;
  Capture::Deliver deliver_;
  StopLadder ladder_;
  os::ProcessHandle process_;
  Output expected_;
  size_t written_ = 0;
  os::Time quiet_until_ = os::Time::min();
  std::set<pid_t> terminated_;
  os::PollSet watched_;
};

}  // namespace mpr::worker
