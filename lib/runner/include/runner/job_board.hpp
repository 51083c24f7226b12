// JobBoard: which jobs may begin, and which never will. Pure.
//
//   while (const auto job = board.next_ready()) open(*job);
//   board.ended(job, success);                    // and so on, until nothing is ready and nothing is open
//
// A job may begin when all that it needs has succeeded. When one of those fails, or is itself skipped, it is skipped.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include "runner/counters.hpp"

namespace mpr::runner {

enum class JobState : uint8_t {
  waiting,    ///< for jobs that it needs; at the end of a run that was stopped: never begun
  open,       ///< its tasks are being run
  succeeded,  ///< all its tasks have, or those that have not are tolerated
  failed,
  stopped,  ///< with the run, before all its tasks were done
  skipped,  ///< a job that it needs has not succeeded
};

/// How it was with a job at the end of a run.
struct JobReport {
  JobState state = JobState::waiting;
  std::optional<size_t> because;  ///< skipped: the job that it needs and that did not succeed
  std::string error;              ///< failed: why its inputs could not be had, if that is why
  Counters counters;
};

class JobBoard {
 public:
  /// For each job those that it needs, all of smaller index.
  explicit JobBoard(const std::vector<std::vector<size_t>>& needs);

  /// The first job that may begin, which is open then.
  [[nodiscard]] std::optional<size_t> next_ready();
  /// How it ended: succeeded, failed or stopped. Answers the jobs that are skipped because it failed.
  std::vector<size_t> ended(size_t job, JobState end);
  [[nodiscard]] JobState state(size_t job) const { return jobs_[job].state; }
  [[nodiscard]] std::optional<size_t> because(size_t job) const { return jobs_[job].because; }

 private:
  std::vector<size_t> skip_for(size_t job);

  struct Entry {
    JobState state = JobState::waiting;
    size_t missing = 0;  ///< needed jobs that have not succeeded yet
    std::vector<size_t> needed_by;
    std::optional<size_t> because;
  };

  std::vector<Entry> jobs_;
  std::priority_queue<size_t, std::vector<size_t>, std::greater<>> ready_;
};

}  // namespace mpr::runner
