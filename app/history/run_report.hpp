// What `mpr show` tells of one run.
//
//   run        20261122T215301-1f3a9c
//   title      square {}
//   ...
//   tasks      998 succeeded, 2 failed of 1000
//   workers    4, busy 87% of the time
//
//   failures
//     task 3: exit status 3 after 1.24 s: ./square 3
//       cannot open 'x'
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/store.hpp"

namespace mpr::app {

/// One task, as the report names it.
struct TaskLine {
  store::AttemptRecord attempt;
  std::string name;                 ///< "task 3", or "square/3" in a run of several jobs
  std::vector<std::string> errors;  ///< the last lines of its stderr; only of failures
};

struct RunReport {
  store::RunRecord run;  ///< its counts are those of the records where the run has not ended by itself
  std::vector<store::JobRecord> jobs;
  uint64_t running = 0;  ///< attempts
  uint64_t retries = 0;
  uint64_t damaged = 0;              ///< records that are not as they were written
  std::optional<os::Duration> wall;  ///< of the last session
  os::Duration busy{0};              ///< of all workers together, in it
  int64_t peak_rss_kib = 0;
  std::vector<TaskLine> failures;  ///< the first ones of the plan
  std::vector<TaskLine> slowest;

  /// From 0 to 1; none while there is nothing to tell it from.
  [[nodiscard]] std::optional<double> utilization() const;
};

/// Reads all records of the run. Throws store::StoreError.
[[nodiscard]] RunReport report_of(store::Store& store, const store::RunRecord& run, store::UnixTime now);

/// Lines. Pure.
[[nodiscard]] std::string report_text(const RunReport& report);
/// One line: what run_json tells, and "running", "retries", "damaged", "utilization", "peak_rss_kib", "jobs",
/// "failures" and "slowest" (of which each has "job", "task", "command", "end", "seconds", "stderr"). Pure.
[[nodiscard]] std::string report_json(const RunReport& report, store::UnixTime now);

/// The job at a position; empty where there are none.
[[nodiscard]] std::string job_name(const std::vector<store::JobRecord>& jobs, uint32_t position);

}  // namespace mpr::app
