// Recorder: where a run keeps what came of its tasks, so that a later run need not do them again.
//
// The runner tells it everything as it happens, and lets nothing come of a result (it is not printed, not counted, not
// acted on) before commit() has returned after it. What it answered to find() is final at once.
//
// Errors: std::exception when something cannot be kept, which ends the run; where that is for want of room (no_room()),
//   the same call can be made again, and nothing is kept twice.
// Threads: none. Processes: is called in the parent alone.
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "os/clock.hpp"
#include "runner/job_board.hpp"
#include "runner/sink.hpp"

namespace mpr::runner {

/// An attempt that is under way.
struct RunningAttempt {
  worker::TaskNumber number = 0;
  uint32_t attempt = 1;
  Slot slot = 0;
  os::Time since{};
  Inputs inputs;
};

/// A result from before, and its output.
class KnownTask {
 public:
  virtual ~KnownTask() = default;
  [[nodiscard]] virtual const worker::Result& result() const = 0;
  [[nodiscard]] virtual Slot slot() const = 0;
  virtual void read(worker::Stream stream, const std::function<void(std::span<const std::byte>)>& consume) = 0;
};

class Recorder {
 public:
  virtual ~Recorder() = default;

  /// A task that is to be run, known by its content; or what came of it before, if it need not be.
  [[nodiscard]] virtual std::unique_ptr<KnownTask> find(worker::TaskNumber number, const worker::Command& command) = 0;

  /// A worker has been started, and has not been given anything yet. Committed at once.
  virtual void worker_started(Slot slot, pid_t pid) = 0;
  virtual void output(worker::TaskNumber number, worker::Stream stream, std::span<const std::byte> bytes) = 0;
  /// An attempt is over. `command`: as it was run, in its slot. `final`: it has no attempt left.
  virtual void ended(const FinishedTask& task, const worker::Command& command, bool final) = 0;
  virtual void job_changed(size_t job, const JobReport& report) = 0;

  /// How long something may wait for its commit, so that many are committed together.
  [[nodiscard]] virtual os::Duration most_delay() const = 0;
  /// All that was told before is kept from now on, whatever happens to this process. `running`: what is under way.
  virtual void commit(std::span<const RunningAttempt> running) = 0;

  /// What one of these calls has thrown: "store: no room on /x/runs.db: the disk is full". None: it is another fault,
  /// which no waiting mends.
  [[nodiscard]] virtual std::optional<std::string> no_room(const std::exception& /*error*/) const { return {}; }
};

}  // namespace mpr::runner
