// The rows of runs, jobs and workers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "database.hpp"
#include "run_locks.hpp"
#include "store/records.hpp"

namespace mpr::store {

/// `where`: what follows SELECT ... FROM runs, with at most one parameter. A run that is recorded as running, and that
/// no process holds, is told as interrupted.
[[nodiscard]] std::vector<RunRecord> select_runs(Database& database, const RunLocks& locks, const std::string& where,
                                                 const std::optional<std::string>& parameter = std::nullopt);

/// Answers its key.
[[nodiscard]] RunKey insert_run(Database& database, const RunRecord& run);
/// All that may change in a run's life. `update`: of prepare_run_update.
[[nodiscard]] Statement prepare_run_update(Database& database);
void update_run(Statement& update, const RunRecord& run);

[[nodiscard]] std::vector<JobRecord> select_jobs(Database& database, RunKey run);
void put_job(Database& database, RunKey run, const JobRecord& job);

[[nodiscard]] std::vector<WorkerRecord> select_workers(Database& database, RunKey run);
void put_worker(Database& database, RunKey run, const WorkerRecord& worker);

}  // namespace mpr::store
