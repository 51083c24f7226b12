// Feed: opens the jobs whose turn it is, takes tasks from their sources as the scheduler wants them, and sees jobs end.
//
//   feed.turn();                          // in each turn of the event loop
//   if (feed.may_go_on()) ...             // there is more to take at once
//   feed.source_is_ready(job);            // its wait_fd() is readable
//
// Tasks that the recorder knows need not run: they are finished here.
// Ownership: borrows everything. Errors: what a source throws fails its job, and is told in the reports; else RunError.
#pragma once

#include <exception>
#include <functional>
#include <vector>

#include "runner/job_board.hpp"
#include "runner/job_outputs.hpp"
#include "runner/plan.hpp"
#include "runner/recorder.hpp"
#include "runner/scheduler.hpp"

namespace mpr::runner {

class Feed {
 public:
  /// False: it is always ready.
  using WatchSource = std::function<bool(size_t job)>;

  Feed(Plan& plan, Scheduler& scheduler, JobOutputs& outputs, Recorder* recorder, WatchSource watch);

  void turn();
  [[nodiscard]] bool may_go_on() const;
  void source_is_ready(size_t job) { waits_[job] = false; }

  /// No more tasks are taken for now: nobody takes the output of those that ran.
  void pause(bool paused) { paused_ = paused; }

  [[nodiscard]] std::vector<JobReport> reports() const;
  /// What the first source that could not be read has thrown.
  [[nodiscard]] std::exception_ptr source_error() const { return source_error_; }

 private:
  void open_ready();
  void open(size_t job);
  void take_from(size_t job);
  void take_up(size_t job, const Inputs& inputs);
  void serve(size_t job, Inputs inputs, KnownTask& known);
  void fail(size_t job);
  bool end_finished();
  [[nodiscard]] JobState end_of(size_t job) const;
  void end(size_t job);
  [[nodiscard]] bool wants(size_t job) const;
  [[nodiscard]] bool holds_much() const;
  [[nodiscard]] JobReport report(size_t job) const;
  void record(size_t job);

  Plan& plan_;
  Scheduler& scheduler_;
  JobOutputs& outputs_;
  Recorder* recorder_;
  WatchSource watch_;
  JobBoard board_;
  std::vector<size_t> open_;
  std::vector<bool> waits_;          ///< by job: for its source
  std::vector<bool> read_;           ///< by job: its source, to the end
  std::vector<std::string> errors_;  ///< by job: why its source cannot be read
  std::exception_ptr source_error_;
  size_t served_ = 0;  ///< in this turn
  bool paused_ = false;
};

}  // namespace mpr::runner
