#include "run_rows.hpp"

namespace mpr::store {
namespace {

constexpr const char* kSelectRun =
    "SELECT key,id,kind,plan,title,directory,workers,started,ended,state,signal,sessions,host,boot_id,pid,start_ticks,"
    "total,succeeded,failed,reused,cancelled,never_started,session_started FROM runs ";

/// Columns or parameters from `first` on.
Counts counts_of(const Statement& row, int first) {
  Counts counts;
  counts.total = row.number_or_null(first);
  counts.succeeded = static_cast<uint64_t>(row.number(first + 1));
  counts.failed = static_cast<uint64_t>(row.number(first + 2));
  counts.reused = static_cast<uint64_t>(row.number(first + 3));
  counts.cancelled = static_cast<uint64_t>(row.number(first + 4));
  counts.never_started = static_cast<uint64_t>(row.number(first + 5));
  return counts;
}

void bind_counts(Statement& statement, int first, const Counts& counts) {
  statement.bind_or_null(first, counts.total);
  const uint64_t values[] = {counts.succeeded, counts.failed, counts.reused, counts.cancelled, counts.never_started};
  for (const uint64_t value : values) statement.bind(++first, static_cast<int64_t>(value));
}

/// One that this mpr does not know, of a damaged row, is taken for the last that it knows.
template <class Enum>
Enum enum_of(int64_t value, Enum last) {
  return value >= 0 && value < static_cast<int64_t>(last) ? static_cast<Enum>(value) : last;
}

os::ProcessIdentity process_of(const Statement& row, int first) {
  return {static_cast<pid_t>(row.number(first)), static_cast<uint64_t>(row.number(first + 1))};
}

void bind_process(Statement& statement, int first, const os::ProcessIdentity& process) {
  statement.bind(first, process.pid).bind(first + 1, static_cast<int64_t>(process.start));
}

RunRecord run_of_row(const Statement& row) {
  RunRecord run;
  run.key = row.number(0);
  run.info.id = row.text(1);
  run.info.kind = enum_of(row.number(2), RunKind::run);
  run.info.plan = row.text(3);
  run.info.title = row.text(4);
  run.info.directory = row.text(5);
  run.info.workers = static_cast<uint32_t>(row.number(6));
  run.started = row.number(7);
  run.ended = row.number(8);
  run.state = enum_of(row.number(9), RunState::broken);
  run.signal = static_cast<int>(row.number(10));
  run.sessions = static_cast<uint32_t>(row.number(11));
  run.host = row.text(12);
  run.boot_id = row.text(13);
  run.process = process_of(row, 14);
  run.counts = counts_of(row, 16);
  run.session_started = row.number(22);
  return run;
}

/// A run that nobody holds: it may have ended, and been recorded as ended, since it was read.
void look_again(Database& database, RunRecord& run) {
  Statement select(database, std::string(kSelectRun) + "WHERE key=?1");
  if (select.bind(1, run.key).next()) run = run_of_row(select);
  if (run.state == RunState::running) run.state = RunState::interrupted;
}

}  // namespace

std::vector<RunRecord> select_runs(Database& database, const RunLocks& locks, const std::string& where,
                                   const std::optional<std::string>& parameter) {
  Statement select(database, kSelectRun + where);
  if (parameter) select.bind(1, *parameter);
  std::vector<RunRecord> runs;
  while (select.next()) runs.push_back(run_of_row(select));
  for (RunRecord& run : runs) {
    if (run.state == RunState::running && !locks.holder(run.key)) look_again(database, run);
  }
  return runs;
}

RunKey insert_run(Database& database, const RunRecord& run) {
  Statement insert(database,
                   "INSERT INTO runs(id,kind,plan,title,directory,started,session_started,workers,ended,state,signal,"
                   "sessions,host,boot_id,pid,start_ticks,succeeded,failed,reused,cancelled,never_started) "
                   "VALUES(?1,?2,?3,?4,?5,?6,0,0,0,0,0,1,'','',0,0,0,0,0,0,0)");
  insert.bind(1, run.info.id).bind(2, static_cast<int64_t>(run.info.kind)).bind(3, run.info.plan);
  insert.bind(4, run.info.title).bind(5, run.info.directory).bind(6, run.started).run();
  RunRecord inserted = run;
  inserted.key = database.last_key();
  Statement update = prepare_run_update(database);
  update_run(update, inserted);
  return inserted.key;
}

Statement prepare_run_update(Database& database) {
  return Statement(database,
                   "UPDATE runs SET workers=?2,ended=?3,state=?4,signal=?5,sessions=?6,host=?7,boot_id=?8,pid=?9,"
                   "start_ticks=?10,total=?11,succeeded=?12,failed=?13,reused=?14,cancelled=?15,never_started=?16,"
                   "session_started=?17 WHERE key=?1");
}

void update_run(Statement& update, const RunRecord& run) {
  update.bind(1, run.key).bind(2, run.info.workers).bind(3, run.ended).bind(4, static_cast<int64_t>(run.state));
  update.bind(5, run.signal).bind(6, run.sessions).bind(7, run.host).bind(8, run.boot_id);
  bind_process(update, 9, run.process);
  bind_counts(update, 11, run.counts);
  update.bind(17, run.session_started);
  update.run();
}

std::vector<JobRecord> select_jobs(Database& database, RunKey run) {
  Statement select(database,
                   "SELECT position,name,state,because,started,ended,total,succeeded,failed,reused,cancelled,"
                   "never_started FROM jobs WHERE run=?1 ORDER BY position");
  select.bind(1, run);
  std::vector<JobRecord> jobs;
  while (select.next()) {
    jobs.push_back({static_cast<uint32_t>(select.number(0)), select.text(1),
                    enum_of(select.number(2), JobState::skipped), select.text(3), counts_of(select, 6),
                    select.number(4), select.number(5)});
  }
  return jobs;
}

void put_job(Database& database, RunKey run, const JobRecord& job) {
  Statement put(database,
                "INSERT OR REPLACE INTO jobs(run,position,name,state,because,started,ended,total,succeeded,failed,"
                "reused,cancelled,never_started) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)");
  put.bind(1, run).bind(2, job.position).bind(3, job.name).bind(4, static_cast<int64_t>(job.state));
  put.bind(5, job.because).bind(6, job.started).bind(7, job.ended);
  bind_counts(put, 8, job.counts);
  put.run();
}

std::vector<WorkerRecord> select_workers(Database& database, RunKey run) {
  Statement select(database,
                   "SELECT session,slot,pid,start_ticks,boot_id,cpus FROM workers WHERE run=?1 ORDER BY session,slot");
  select.bind(1, run);
  std::vector<WorkerRecord> workers;
  while (select.next()) {
    workers.push_back({static_cast<uint32_t>(select.number(0)), static_cast<uint32_t>(select.number(1)),
                       process_of(select, 2), select.text(4), select.text(5)});
  }
  return workers;
}

void put_worker(Database& database, RunKey run, const WorkerRecord& worker) {
  Statement put(database,
                "INSERT OR REPLACE INTO workers(run,session,slot,pid,start_ticks,boot_id,cpus) "
                "VALUES(?1,?2,?3,?4,?5,?6,?7)");
  put.bind(1, run).bind(2, worker.session).bind(3, worker.slot);
  bind_process(put, 4, worker.process);
  put.bind(6, worker.boot_id).bind(7, worker.cpus).run();
}

}  // namespace mpr::store
