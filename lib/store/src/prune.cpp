// Store::prune: removes runs, and gives back the room that they took.
#include <filesystem>
#include <set>

#include "attempt_row.hpp"
#include "outputs.hpp"
#include "run_rows.hpp"
#include "store_parts.hpp"

namespace mpr::store {
namespace {

/// Few enough that other processes can write in between, well before they lose patience.
constexpr int kRowsAtATime = 10'000;
constexpr int kPagesAtATime = 5'000;

bool is_wanted(const RunRecord& run, uint64_t newer_runs, const PrunePolicy& policy, UnixTime now) {
  if (policy.keep && newer_runs < *policy.keep) return true;
  if (!policy.older_than) return !policy.keep;
  const UnixTime last = run.ended != 0 ? run.ended : run.started;
  return now - last < policy.older_than->count();
}

void remove_files(const std::string& directory) {
  // What cannot be removed now is swept by a later prune.
  std::error_code ignored;
  std::filesystem::remove_all(directory, ignored);
}

void remove_attempts(Database& database, RunKey run) {
  Statement some(database,
                 "DELETE FROM attempts WHERE key IN (SELECT key FROM attempts WHERE key>=?1 AND key<?2 "
                 "ORDER BY key LIMIT " +
                     std::to_string(kRowsAtATime) + ")");
  Statement any(database, "SELECT EXISTS(SELECT 1 FROM attempts WHERE key>=?1 AND key<?2)");
  for (bool left = true; left;) {
    Transaction transaction(database);
    some.bind(1, first_key(run)).bind(2, end_key(run)).run();
    any.bind(1, first_key(run)).bind(2, end_key(run));
    left = any.next() && any.number(0) != 0;
    any.reset();
    transaction.commit();
  }
}

void remove_run(StoreParts& store, const RunRecord& run) {
  const std::string directory = outputs_directory(store.path, run.info.id);
  Database& database = *store.database;
  remove_attempts(database, run.key);
  Transaction transaction(database);
  for (const char* sql :
       {"DELETE FROM jobs WHERE run=?1", "DELETE FROM workers WHERE run=?1", "DELETE FROM runs WHERE key=?1"}) {
    Statement(database, sql).bind(1, run.key).run();
  }
  transaction.commit();
  remove_files(directory);
}

/// Files of runs that are not in the store any more: an earlier prune was ended between the two.
void sweep_files(StoreParts& store) {
  std::error_code none;
  std::vector<std::filesystem::path> directories;
  // Looked at first: a run that begins after this has no directory here yet.
  for (const auto& entry : std::filesystem::directory_iterator(outputs_directory(store.path), none)) {
    directories.push_back(entry.path());
  }
  if (directories.empty()) return;
  std::set<std::string> known;
  for (const RunRecord& run : select_runs(*store.database, *store.locks, "")) known.insert(run.info.id);
  for (const auto& directory : directories) {
    if (!known.contains(directory.filename().string())) remove_files(directory.string());
  }
}

void give_room_back(Database& database) {
  for (int64_t left = database.number("PRAGMA freelist_count"); left > 0;) {
    database.run("PRAGMA incremental_vacuum(" + std::to_string(kPagesAtATime) + ")");
    const int64_t now = database.number("PRAGMA freelist_count");
    if (now >= left) break;
    left = now;
  }
  database.run("PRAGMA wal_checkpoint(TRUNCATE)");
}

}  // namespace

Pruned Store::prune(const PrunePolicy& policy, UnixTime now) {
  Pruned pruned;
  const std::vector<RunRecord> all = runs();
  uint64_t newer_runs = all.size();
  for (const RunRecord& run : all) {
    if (is_wanted(run, --newer_runs, policy, now)) continue;
    // Held until the run is gone, so that nobody resumes it meanwhile.
    try {
      const RunLock lock(parts_->locks, run.key, run.info.id);
      remove_run(*parts_, run);
      ++pruned.runs;
    } catch (const StoreError& error) {
      if (error.cause() != StoreError::Cause::in_use) throw;
      ++pruned.running;
    }
  }
  sweep_files(*parts_);
  give_room_back(*parts_->database);
  return pruned;
}

}  // namespace mpr::store
