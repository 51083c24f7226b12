// WorkerPool: the workers of a run, one a slot: each an mpr::Process with a task queue down and a result queue up,
// shared with no sibling.
//
// Ownership: the destructor ends all workers, and with them all that they run, and reaps them.
// Processes: workers are forked when their slot is first used, and again after one was lost. A worker whose task queue
//   is closed ends what it runs and exits.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "mpr/connection.hpp"
#include "mpr/process.hpp"
#include "os/descendants.hpp"
#include "os/pid_namespace.hpp"
#include "runner/task_source.hpp"
#include "worker/frames.hpp"
#include "worker/worker.hpp"

namespace mpr::runner {

struct PoolOptions {
  unsigned workers = 1;
  worker::WorkerOptions worker;                     ///< of each; its slot is filled in
  std::vector<std::vector<unsigned>> affinity;      ///< for each slot, the CPUs that it is pinned to; empty: not pinned
  std::vector<unsigned> spare_cpus;                 ///< where the parent is to stay; empty: anywhere
  os::Duration patience{std::chrono::seconds(30)};  ///< when not one worker can be forked
  std::shared_ptr<os::PidNamespace> isolated;       ///< what the workers are in, while it lasts; none: as we are
};

class WorkerPool {
 public:
  explicit WorkerPool(PoolOptions options);
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;
  ~WorkerPool();

  [[nodiscard]] bool running(Slot slot) const { return member(slot).has_value(); }
  /// How many are.
  [[nodiscard]] unsigned running() const;
  /// Forks the worker; into a new namespace when that of the others has been ended, and they with it. Answers what it
  /// cannot be forked for, if that may pass: a want of processes, memory or descriptors. Throws RunError where it will
  /// not.
  [[nodiscard]] std::error_code start(Slot slot);

  /// These need a running worker.
  [[nodiscard]] Connection& results(Slot slot) { return member(slot)->results; }
  /// Of what has been read of its results; valid until more is. Throws RunError for what cannot be a frame.
  [[nodiscard]] std::optional<worker::UpFrame> next_frame(Slot slot);
  [[nodiscard]] os::FdRef tasks_fd(Slot slot) const { return member(slot)->tasks.fd(); }
  [[nodiscard]] pid_t pid(Slot slot) const { return *member(slot)->process.pid(); }
  [[nodiscard]] os::FdRef sentinel(Slot slot) const { return member(slot)->process.sentinel(); }
  void post(Slot slot, const worker::Task& task);
  void post(Slot slot, const worker::Batch& batch);
  void post(Slot slot, worker::Order order);
  /// Sends what was posted; false while the worker does not take all of it. A lost worker takes everything.
  bool flush(Slot slot);

  /// Has a worker that somebody has stopped (SIGSTOP) go on.
  void wake(Slot slot) const;

  /// Reaps a worker that has ended; kills it first if it has not. Its tasks are ended too, whatever they did to get
  /// away.
  void remove(Slot slot);
  /// Has all workers end at once, and what they run with them, and waits for that; kills those that have not after a
  /// while.
  void end_all();

 private:
  [[nodiscard]] std::error_code fork_worker(Slot slot);
  void isolate_anew();
  /// Closes the task queues: the workers end at once, and what they run with them.
  void close_all();

  struct Member {
    Process process;
    Connection tasks;
    Connection results;
  };

  [[nodiscard]] std::optional<Member>& member(Slot slot) { return members_[slot - 1]; }
  [[nodiscard]] const std::optional<Member>& member(Slot slot) const { return members_[slot - 1]; }
  /// Children of this process that are not to be touched: living workers, what they are in, and what was there before
  /// the run.
  [[nodiscard]] std::vector<pid_t> not_ours() const;

  PoolOptions options_;
  os::ChildrenAtHand at_hand_;
  std::vector<pid_t> there_before_;
  std::vector<std::optional<Member>> members_;
  worker::FramePoster poster_;
  std::vector<std::shared_ptr<os::PidNamespace>> lost_;  ///< to be waited for when the workers in them have been
};

}  // namespace mpr::runner
