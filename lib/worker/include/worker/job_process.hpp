// JobProcess: a process of a job program that serves this worker, from its start to its end.
//
// Ownership: reap() or retire() before it is destroyed, but for a process that did not start.
// Errors: NoPipe and std::system_error from the constructor.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "worker/capture.hpp"
#include "worker/job_link.hpp"
#include "worker/launcher.hpp"
#include "worker/stop_ladder.hpp"

namespace mpr::worker {

class JobProcess {
 public:
  /// `buffer`: as for Capture. Not started yet.
  explicit JobProcess(std::span<std::byte> buffer) : capture_(buffer) {}

  [[nodiscard]] std::optional<os::SpawnFailure> start(const Task& task, Launcher& launcher, os::FdRef null,
                                                      Supervisor& supervisor);
  [[nodiscard]] const Task& started_for() const { return started_for_; }

  [[nodiscard]] JobLink& link() { return link_; }
  [[nodiscard]] const JobLink& link() const { return link_; }
  [[nodiscard]] const os::ProcessHandle& handle() const { return process_; }
  [[nodiscard]] os::FdRef reader(Stream stream) const { return capture_.reader(stream); }

  /// Reads what it has written to its stdout and stderr if it is at the task behind those that were taken; the reading
  /// takes no part of what another task writes. Answers how much there was.
  size_t read_output(const Capture::Deliver& deliver);
  /// All that is left when it has ended.
  void drain(const Capture::Deliver& deliver) { capture_.drain(deliver); }

  void signal(int number);
  /// Waits for the end, which has come or is about to.
  os::ProcessEnd reap(Residents& residents);
  /// Has it exit by itself, or kills it when that takes too long.
  void retire(Residents& residents);

 private:
  JobLink link_;
  Capture capture_;
  os::ProcessHandle process_;
  Task started_for_;
};

}  // namespace mpr::worker
