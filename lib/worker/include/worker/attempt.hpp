// Attempt: follows one started process from its start to the moment when nothing of it is left.
#pragma once

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
  /// Waits for output, orders, an end, or `until`. True when one of `ends` has come.
  bool wait(std::span<const os::ProcessHandle> ends, os::Time until);
  void stop_process_if_due();

  const Task& task_;
  Supervisor& supervisor_;
  Capture& capture_;
  Capture::Deliver deliver_;
  StopLadder ladder_;
  os::ProcessHandle process_;
  Output expected_;
  size_t written_ = 0;
  os::Time quiet_until_ = os::Time::min();
  os::PollSet watched_;
};

}  // namespace mpr::worker
