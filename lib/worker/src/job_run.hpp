// JobRun: one batch, run by the process of a JobExecutor and, when that ends, by its successors.
#pragma once

#include <optional>

#include "os/poll_set.hpp"
#include "worker/countdown.hpp"
#include "worker/job_executor.hpp"

namespace mpr::worker {

class JobRun {
 public:
  JobRun(JobExecutor& executor, const Batch& batch, Supervisor& supervisor);

  void run();

 private:
  struct Limit {
    uint32_t task = 0;  ///< its place in the batch
    bool of_call = false;
    os::Time from;
    Countdown countdown;
  };

  /// Whether further tasks are to be begun.
  [[nodiscard]] bool wanted() const { return supervisor_.wish() == Wish::go_on && !supervisor_.recalled(); }
  [[nodiscard]] bool outstanding() const { return process() && process()->link().outstanding() > 0; }
  [[nodiscard]] JobProcess* process() const { return executor_.process_.get(); }

  /// Has a process that serves the batch. False when there can be none, which has been told of a task.
  bool provide_process();
  std::optional<os::SpawnFailure> start_process();
  void retire_process();
  /// Asks for as much as should be outstanding.
  void ask();
  /// Where in the batch the requests of so many tasks end.
  [[nodiscard]] size_t end_of(size_t from, uint32_t count) const;
  /// Wants back what has not been begun.
  void call_back();
  void give_back_from(uint32_t task);

  /// Tells of what has been answered.
  void take_answers();
  void tell(const JobAnswer& answer);
  void tell_end(Result& result);
  void count_told();
  void deliver(Stream stream, std::span<const std::byte> bytes);

  /// Waits for anything that may need something done.
  void wait();
  [[nodiscard]] os::Time next_deadline(os::Time now);
  void keep_quiet();
  /// Whether the task that is being run is to be stopped.
  [[nodiscard]] bool is_due(os::Time now);
  /// Of the task that is told of next: of its call, or, until it is begun, of the silence. None where it has no limit.
  Countdown* time_limit();
  void stop_if_due();
  /// The process has ended.
  void settle_end();
  bool settle_leftovers_of_process();

  JobExecutor& executor_;
  const Batch& batch_;
  Supervisor& supervisor_;
  Capture::Deliver deliver_;
  uint32_t count_;  ///< tasks that have not been given back
  uint32_t told_ = 0;
  uint32_t asked_ = 0;      ///< tasks of the batch, told or outstanding
  size_t asked_bytes_ = 0;  ///< of its requests
  size_t written_ = 0;      ///< by the task that is told of next, in pieces
  bool called_back_ = false;
  bool ended_ = false;                  ///< the process has
  std::optional<StopLadder> stopping_;  ///< the task stopped_
  uint32_t stopped_ = 0;                ///< its place in the batch
  os::Time silent_since_;               ///< outstanding(), and no task has been answered since
  std::optional<Limit> limit_;
  os::Time quiet_until_;
  os::PollSet watched_;
};

}  // namespace mpr::worker
