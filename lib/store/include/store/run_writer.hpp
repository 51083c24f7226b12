// RunWriter: records one run, while it is run.
//
//   RunWriter writer = RunWriter::begin(store, {.kind = RunKind::map, .plan = plan, .title = "square {}"});
//   writer.workers_started(workers);                     // recorded at once: before they get their first task
//   writer.output({0, 7}, 1, Stream::out, bytes);        // as it comes
//   writer.attempt_ended(std::move(record));             // with what output() was given of it
//   if (writer.pending() >= 1000) writer.commit();       // only what is committed may be told to anybody
//   writer.finish(RunState::succeeded, 0, counts);
//
// When to commit is the caller's to decide: many at a time are fast; what is not committed is lost with the process.
// Ownership: borrows the store, which must outlive it. Holds the run's lock until it is destroyed. Destroyed without
//   finish(), it leaves the run as a process that died would: interrupted, to be resumed.
// Memory: what is pending, and up to 32 KiB of output for each attempt that is running; more goes to files.
// Errors: StoreError. After one of commit(), finish(), attempt_ended() or output(), nothing is forgotten and nothing is
//   recorded twice: the same call may be made again, once there is room (Cause::full).
// Threads: one. Processes: the one that made it; see store.hpp for what others may do meanwhile.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "store/records.hpp"
#include "store/store.hpp"

namespace mpr::store {

class RunWriter {
 public:
  /// A new run. `info.id` is empty, or one that new_run_id() made and no run of the store has.
  [[nodiscard]] static RunWriter begin(Store& store, const RunInfo& info);
  /// A further session of a run that is not being written. Its counts begin again at 0: reused() counts what it keeps.
  /// Throws StoreError, Cause::in_use, if a live process writes it, Cause::absent if there is none.
  [[nodiscard]] static RunWriter resume(Store& store, const std::string& run_id, uint32_t workers);
  RunWriter(RunWriter&&) noexcept;
  RunWriter& operator=(RunWriter&&) = delete;
  ~RunWriter();

  [[nodiscard]] const RunRecord& run() const;
  /// Of a resumed run: the attempts that had begun when its last session died. They are no longer in the store.
  [[nodiscard]] const std::vector<AttemptRecord>& were_running() const;

  /// Recorded at once, so that a later session can tell whether one of them is still alive. Session and boot are filled
  /// in.
  void workers_started(std::span<const WorkerRecord> workers);

  // All that follows is recorded by the next commit().

  /// How many tasks there are, once that is known.
  void set_total(uint64_t total);
  void job_changed(const JobRecord& job);

  /// Optional, before the attempt's output: it is recorded as running from the next commit() to its end. What counts of
  /// the record: what identifies it, and when it started.
  void attempt_started(AttemptRecord attempt);
  void output(TaskRef task, uint32_t attempt, worker::Stream stream, std::span<const std::byte> bytes);
  /// Forgets an attempt that will not end: its output, and that it was started.
  void discard(TaskRef task, uint32_t attempt);
  /// `attempt.out` and `.err` are taken from output() if that was called for it; `.key` is given by the store. Taken
  /// over, unless this throws.
  void attempt_ended(AttemptRecord&& attempt);
  /// A result of an earlier session stands for `task` now. Counts it, and records where the task is, if it moved.
  void reused(const AttemptRecord& attempt, TaskRef task);

  /// Rows that wait for commit().
  [[nodiscard]] size_t pending() const;
  void commit();

  /// Commits what is pending, and that the run is over. `counts` are the run's from now on.
  void finish(RunState state, int signal, const Counts& counts);

 private:
  struct Parts;
  explicit RunWriter(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace mpr::store
