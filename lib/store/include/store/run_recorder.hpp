// RunRecorder: records what a runner does in a run of the store, and knows what earlier sessions of that run have done.
//
//   RunRecorder recorder(store, RunWriter::begin(store, info), plan, {.directory = here});
//   const runner::RunReport report = runner::run(options, plan, front_end, &recorder);
//   recorder.finish(report);
//
// Tasks are known by their content: see task_identity.hpp. A task that wrote its output to a file is known only while
// the file is there.
//
// Ownership: borrows the store and the plan. Errors: StoreError. Threads, processes: as for RunWriter.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "runner/plan.hpp"
#include "runner/recorder.hpp"
#include "runner/run.hpp"
#include "store/finished.hpp"
#include "store/run_writer.hpp"
#include "store/store.hpp"
#include "store/task_identity.hpp"

namespace mpr::store {

class RunRecorder final : public runner::Recorder {
 public:
  struct Options {
    std::string directory{};                        ///< part of the identity of tasks that have none of their own
    std::vector<std::vector<unsigned>> affinity{};  ///< as for the workers
    std::optional<Finished> finished{};             ///< what need not be run again
    os::Duration most_delay{std::chrono::milliseconds(10)};
  };

  RunRecorder(Store& store, RunWriter writer, const runner::Plan& plan, Options options);

  [[nodiscard]] std::unique_ptr<runner::KnownTask> find(worker::TaskNumber number,
                                                        const worker::Command& command) override;
  void worker_started(runner::Slot slot, pid_t pid) override;
  void output(worker::TaskNumber number, worker::Stream stream, std::span<const std::byte> bytes) override;
  void ended(const runner::FinishedTask& task, const worker::Command& command, bool final) override;
  void job_changed(size_t job, const runner::JobReport& report) override;
  [[nodiscard]] os::Duration most_delay() const override { return options_.most_delay; }
  void commit(std::span<const runner::RunningAttempt> running) override;
  [[nodiscard]] std::optional<std::string> no_room(const std::exception& error) const override;

  /// The run is over ...
  void finish(const runner::RunReport& report);
  /// ... or cannot go on.
  void give_up();

  [[nodiscard]] const RunRecord& run() const { return writer_.run(); }
  /// Results that were to be used again and are not as they were written: their tasks have run again.
  [[nodiscard]] uint64_t damaged() const { return options_.finished ? options_.finished->damaged() : 0; }

 private:
  struct Admitted {
    Identity identity;
    uint32_t attempt = 1;
  };

  [[nodiscard]] TaskRef ref_of(worker::TaskNumber number) const;
  [[nodiscard]] AttemptRecord record_of(worker::TaskNumber number, uint32_t attempt, runner::Slot slot,
                                        const runner::Inputs& inputs) const;

  Store& store_;
  RunWriter writer_;
  const runner::Plan& plan_;
  Options options_;
  TaskIdentities identities_;
  std::unordered_map<worker::TaskNumber, Admitted> admitted_;  ///< tasks that are not final
  std::unordered_set<worker::TaskNumber> on_record_;           ///< of these, those recorded as running
  std::vector<JobRecord> jobs_;
};

}  // namespace mpr::store
