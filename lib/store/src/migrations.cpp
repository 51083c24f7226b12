#include "migrations.hpp"

#include <array>

#include "error.hpp"

namespace mpr::store {
namespace {

/// "mprs", at a fixed place in the file's header: see application_id in SQLite's file format.
constexpr int64_t kApplicationId = 0x6d707273;

/// A new store takes all of them, so each is tried whenever one is made. A step that was released is never changed.
///
/// attempts.key is the run's key and a number within the run (see attempt_row.hpp), so that the rows of one run lie
/// together without an index. Columns that are only looked at come first, the large ones last: a scan that wants the
/// first does not touch the pages that the last overflow to.
constexpr std::array<const char*, 2> kSteps{
    R"(
CREATE TABLE runs(
  key INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind INTEGER NOT NULL, plan TEXT NOT NULL,
  title TEXT NOT NULL, directory TEXT NOT NULL, workers INTEGER NOT NULL, started INTEGER NOT NULL,
  session_started INTEGER NOT NULL, ended INTEGER NOT NULL, state INTEGER NOT NULL, signal INTEGER NOT NULL, sessions INTEGER NOT NULL,
  host TEXT NOT NULL, boot_id TEXT NOT NULL, pid INTEGER NOT NULL, start_ticks INTEGER NOT NULL, total INTEGER,
  succeeded INTEGER NOT NULL, failed INTEGER NOT NULL, reused INTEGER NOT NULL, cancelled INTEGER NOT NULL,
  never_started INTEGER NOT NULL);
CREATE TABLE attempts(
  key INTEGER PRIMARY KEY, identity_high INTEGER NOT NULL, identity_low INTEGER NOT NULL, job INTEGER NOT NULL,
  number INTEGER NOT NULL, attempt INTEGER NOT NULL, ending INTEGER, final INTEGER NOT NULL, success INTEGER NOT NULL,
  exit_status INTEGER, signal INTEGER, core_dumped INTEGER NOT NULL, spawn_error INTEGER, spawn_step INTEGER,
  leaked INTEGER NOT NULL, slot INTEGER NOT NULL, started INTEGER NOT NULL, elapsed_ns INTEGER NOT NULL,
  user_us INTEGER NOT NULL, system_us INTEGER NOT NULL, max_rss_kib INTEGER NOT NULL, out_bytes INTEGER NOT NULL,
  out_hash INTEGER, err_bytes INTEGER NOT NULL, err_hash INTEGER, checksum INTEGER NOT NULL, inputs BLOB NOT NULL,
  argv BLOB NOT NULL, out BLOB, err BLOB);
)",
    R"(
CREATE INDEX runs_by_plan ON runs(plan);
CREATE TABLE jobs(
  run INTEGER NOT NULL, position INTEGER NOT NULL, name TEXT NOT NULL, state INTEGER NOT NULL, because TEXT NOT NULL,
  started INTEGER NOT NULL, ended INTEGER NOT NULL, total INTEGER, succeeded INTEGER NOT NULL, failed INTEGER NOT NULL,
  reused INTEGER NOT NULL, cancelled INTEGER NOT NULL, never_started INTEGER NOT NULL, PRIMARY KEY(run, position))
  WITHOUT ROWID;
CREATE TABLE workers(
  run INTEGER NOT NULL, session INTEGER NOT NULL, slot INTEGER NOT NULL, pid INTEGER NOT NULL,
  start_ticks INTEGER NOT NULL, boot_id TEXT NOT NULL, cpus TEXT NOT NULL,
  PRIMARY KEY(run, session, slot, pid, start_ticks)) WITHOUT ROWID;
)"};

}  // namespace

int64_t latest_version() {
  return static_cast<int64_t>(kSteps.size());
}

int64_t checked_version(Database& database) {
  // At one moment: another process may be making the store.
  Statement select(database,
                   "SELECT application_id,user_version,(SELECT count(*) FROM sqlite_schema) "
                   "FROM pragma_application_id,pragma_user_version");
  if (!select.next()) throw_damaged(database.path(), "it has no header");
  const int64_t application = select.number(0);
  const int64_t version = select.number(1);
  const bool empty = application == 0 && version == 0 && select.number(2) == 0;
  select.reset();
  if (empty) return 0;
  if (application != kApplicationId)
    throw StoreError(StoreError::Cause::damaged,
                     "'" + database.path() + "' is no run store, but another program's database",
                     "name another file (--store)");
  if (version > latest_version())
    throw StoreError(StoreError::Cause::newer,
                     "store '" + database.path() + "' has format " + std::to_string(version) +
                         ", and this mpr knows formats up to " + std::to_string(latest_version()),
                     "use the newer mpr that wrote it, or another store (--store)");
  if (version < 1) throw_damaged(database.path(), "its format has no number");
  return version;
}

void migrate(Database& database) {
  while (true) {
    Transaction transaction(database);
    // Within the transaction: another process may have been faster.
    const int64_t version = checked_version(database);
    if (version == latest_version()) return;
    database.run(kSteps[static_cast<size_t>(version)]);
    database.run("PRAGMA application_id=" + std::to_string(kApplicationId));
    database.run("PRAGMA user_version=" + std::to_string(version + 1));
    transaction.commit();
  }
}

}  // namespace mpr::store
