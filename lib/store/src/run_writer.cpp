#include "store/run_writer.hpp"

#include <unistd.h>

#include <array>
#include <utility>

#include "attempt_row.hpp"
#include "error.hpp"
#include "open_attempts.hpp"
#include "run_rows.hpp"
#include "store_parts.hpp"

namespace mpr::store {
namespace {

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

void enter_session(RunRecord& run, uint32_t workers) {
  run.info.workers = workers;
  run.session_started = unix_now();
  run.ended = 0;
  run.state = RunState::running;
  run.signal = 0;
  run.host = host_name();
  run.boot_id = own_boot_id();
  run.process = os::ProcessIdentity::own();
  run.counts = {};
}

int64_t last_sequence(Database& database, RunKey run, const std::string& store) {
  Statement select(database, "SELECT key FROM attempts WHERE key>=?1 AND key<?2 ORDER BY key DESC LIMIT 1");
  select.bind(1, first_key(run)).bind(2, end_key(run));
  const int64_t last = select.next() ? select.number(0) - first_key(run) : 0;
  // Billions of attempts are left even to the longest of runs; a number up there is no number that was given.
  if (last > end_key(0) - (int64_t{1} << 32)) throw_damaged(store, "a record has a number that none was given");
  return last;
}

void count(Counts& counts, const AttemptRecord& attempt) {
  if (attempt.success)
    ++counts.succeeded;
  else if (attempt.result.ending == worker::Ending::cancelled)
    ++counts.cancelled;
  else
    ++counts.failed;
}

}  // namespace

struct RunWriter::Parts {
  Parts(Store& its_store, RunLock its_lock, RunRecord its_run)
      : store(its_store.parts()),
        lock(std::move(its_lock)),
        run(std::move(its_run)),
        open(store.path, outputs_directory(store.path, run.info.id), store.durability, run.key,
             last_sequence(*store.database, run.key, store.path)),
        insert(*store.database, kInsertAttempt),
        remove(*store.database, "DELETE FROM attempts WHERE key=?1"),
        update(prepare_run_update(*store.database)) {}

  StoreParts& store;
  RunLock lock;
  RunRecord run;
  std::vector<AttemptRecord> were_running;
  OpenAttempts open;
  Statement insert, remove, update;
  Buffers buffers;
  bool run_changed = false;
  std::vector<AttemptRecord> ended;
  std::vector<AttemptKey> discarded;
  std::vector<JobRecord> jobs;

  void put(const AttemptRecord& attempt) {
    bind_attempt(insert, row_of(attempt, buffers));
    insert.run();
  }
  void commit();
  void add(AttemptRecord&& attempt) { ended.push_back(std::move(attempt)); }
};

RunWriter::RunWriter(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
RunWriter::RunWriter(RunWriter&&) noexcept = default;
RunWriter::~RunWriter() = default;

RunWriter RunWriter::begin(Store& store, const RunInfo& info) {
  StoreParts& parts = store.parts();
  RunRecord run;
  run.info = info;
  if (run.info.id.empty()) run.info.id = new_run_id();
  enter_session(run, info.workers);
  run.started = run.session_started;
  Transaction transaction(*parts.database);
  if (!select_runs(*parts.database, *parts.locks, "WHERE id=?1", run.info.id).empty())
    throw StoreError(StoreError::Cause::in_use, "store '" + parts.path + "' has a run " + run.info.id + " already");
  run.key = insert_run(*parts.database, run);
  // Before anybody else can see that there is such a run.
  RunLock lock(parts.locks, run.key, run.info.id);
  auto writer = std::make_unique<Parts>(store, std::move(lock), std::move(run));
  transaction.commit();
  return RunWriter(std::move(writer));
}

RunWriter RunWriter::resume(Store& store, const std::string& run_id, uint32_t workers) {
  StoreParts& parts = store.parts();
  // Not by the index, which may be damaged where the run is not.
  const auto find = [&] { return select_runs(*parts.database, *parts.locks, "WHERE +id=?1", run_id); };
  const std::vector<RunRecord> found = find();
  if (found.empty())
    throw StoreError(StoreError::Cause::absent, "there is no run " + run_id + " in store '" + parts.path + "'");
  RunLock lock(parts.locks, found.front().key, run_id);
  Transaction transaction(*parts.database);
  // Once more: until the lock was ours, others could write it, or remove it.
  std::vector<RunRecord> run = find();
  if (run.empty()) throw StoreError(StoreError::Cause::absent, "run " + run_id + " has just been removed");
  ++run.front().sessions;
  enter_session(run.front(), workers);
  auto writer = std::make_unique<Parts>(store, std::move(lock), std::move(run.front()));
  store.each_attempt(writer->run.key, [&](AttemptRecord& attempt) {
    if (attempt.running) writer->were_running.push_back(std::move(attempt));
  });
  for (const AttemptRecord& attempt : writer->were_running) writer->remove.bind(1, attempt.key.value).run();
  update_run(writer->update, writer->run);
  transaction.commit();
  return RunWriter(std::move(writer));
}

const RunRecord& RunWriter::run() const {
  return parts_->run;
}

const std::vector<AttemptRecord>& RunWriter::were_running() const {
  return parts_->were_running;
}

void RunWriter::workers_started(std::span<const WorkerRecord> workers) {
  Database& database = *parts_->store.database;
  Transaction transaction(database);
  for (WorkerRecord worker : workers) {
    worker.session = parts_->run.sessions;
    worker.boot_id = parts_->run.boot_id;
    put_worker(database, parts_->run.key, worker);
  }
  transaction.commit();
}

void RunWriter::set_total(uint64_t total) {
  parts_->run.counts.total = total;
  parts_->run_changed = true;
}

void RunWriter::job_changed(const JobRecord& job) {
  parts_->jobs.push_back(job);
}

void RunWriter::attempt_started(AttemptRecord attempt) {
  parts_->open.started(std::move(attempt));
}

void RunWriter::output(TaskRef task, uint32_t attempt, worker::Stream stream, std::span<const std::byte> bytes) {
  parts_->open.output(task, attempt, stream, bytes);
}

void RunWriter::discard(TaskRef task, uint32_t attempt) {
  if (const auto row = parts_->open.discard(task, attempt)) parts_->discarded.push_back(*row);
}

void RunWriter::attempt_ended(AttemptRecord&& attempt) {
  parts_->open.end(attempt);
  attempt.running = false;
  if (attempt.final) count(parts_->run.counts, attempt);
  parts_->add(std::move(attempt));
}

void RunWriter::reused(const AttemptRecord& attempt, TaskRef task) {
  count(parts_->run.counts, attempt);
  ++parts_->run.counts.reused;
  parts_->run_changed = true;
  if (attempt.task() == task) return;
  AttemptRecord moved = attempt;
  moved.job = task.job;
  moved.result.number = task.number;
  parts_->add(std::move(moved));
}

size_t RunWriter::pending() const {
  const Parts& parts = *parts_;
  return parts.ended.size() + parts.discarded.size() + parts.jobs.size() + (parts.run_changed ? 1 : 0);
}

void RunWriter::Parts::commit() {
  Transaction transaction(*store.database);
  for (const AttemptRecord& attempt : ended) put(attempt);
  open.each_without_row([this](const AttemptRecord& attempt) { put(attempt); });
  for (const AttemptKey key : discarded) remove.bind(1, key.value).run();
  for (const JobRecord& job : jobs) put_job(*store.database, run.key, job);
  update_run(update, run);
  transaction.commit();
  // Without its lock's file, a second process could write the run.
  if (!store.locks->seen_by_others()) throw_moved(store.path);
  open.mark_rows();
  ended.clear();
  discarded.clear();
  jobs.clear();
  run_changed = false;
}

void RunWriter::commit() {
  parts_->commit();
}

void RunWriter::finish(RunState state, int signal, const Counts& counts) {
  RunRecord& run = parts_->run;
  run.state = state;
  run.signal = signal;
  run.counts = counts;
  run.ended = unix_now();
  parts_->commit();
}

}  // namespace mpr::store
