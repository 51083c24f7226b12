// Record: what is kept of a run, and the results that wait for it: nothing comes of one before it is committed.
//
//   Record record(recorder, scheduler, front_end, await_room);
//   record.started(now);                                   // a task has been handed out
//   record.ended({inputs, slot, result}, command, now);    // an attempt is over
//   if (record.is_due(now)) for (const auto& [slot, result] : record.commit()) conclude(slot, result);
//
// Without a recorder nothing is kept, and nothing is ever due: what ended() would be told can be concluded at once.
// Ownership: borrows everything. Errors: the recorder's; also when there was no room for long, or gave_up().
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "runner/front_end.hpp"
#include "runner/patient_recorder.hpp"
#include "runner/scheduler.hpp"

namespace mpr::runner {

class Record {
 public:
  /// Until then; false when it is not to be waited any longer.
  using AwaitRoom = std::function<bool(os::Time)>;
  using Results = std::vector<std::pair<Slot, worker::Result>>;

  Record(Recorder* recorder, const Scheduler& scheduler, FrontEnd& front_end, AwaitRoom await_room);
  Record(const Record&) = delete;
  Record& operator=(const Record&) = delete;
  ~Record() = default;

  /// One that waits for room; none when nothing is kept.
  [[nodiscard]] Recorder* recorder() { return patient_ ? &*patient_ : nullptr; }
  [[nodiscard]] bool is_kept() const { return patient_.has_value(); }

  void worker_started(Slot slot, pid_t pid);
  /// A task has been handed out.
  void started(os::Time now);
  void output(worker::TaskNumber number, worker::Stream stream, std::span<const std::byte> bytes);
  /// Needs a recorder.
  void ended(const FinishedTask& task, const worker::Command& command, os::Time now);

  /// Before anything else is started.
  [[nodiscard]] bool comes_first() const { return comes_first_; }
  [[nodiscard]] bool is_due(os::Time now) const;
  /// When it is, though nothing has happened.
  [[nodiscard]] os::Time due_at() const { return due_at_; }
  /// Answers the results of which something may come now.
  [[nodiscard]] Results commit();

  /// There was no room, and it was not to be waited any longer.
  [[nodiscard]] bool gave_up() const { return gave_up_; }

 private:
  [[nodiscard]] std::vector<RunningAttempt> running() const;
  void be_due_by(os::Time latest) { due_at_ = std::min(due_at_, latest); }

  const Scheduler& scheduler_;
  std::optional<PatientRecorder> patient_;
  Results waiting_;
  os::Time due_at_ = os::kNever;
  bool comes_first_ = false;
  bool gave_up_ = false;
};

}  // namespace mpr::runner
