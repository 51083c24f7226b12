#include "store/store.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "attempt_row.hpp"
#include "error.hpp"
#include "outputs.hpp"
#include "run_rows.hpp"
#include "store/file_system.hpp"
#include "store_file.hpp"
#include "store_parts.hpp"

namespace mpr::store {
namespace {

void refuse_absent(const std::string& path) {
  struct stat about {};
  if (::stat(path.c_str(), &about) == 0) return;
  if (errno != ENOENT && errno != ENOTDIR) throw_system_error("cannot read", path, errno);
  throw StoreError(StoreError::Cause::absent, "there is no store '" + path + "'",
                   "runs are recorded in the directory that mpr was started in; --store names another store");
}

}  // namespace

Store::Store(std::unique_ptr<StoreParts> parts) : parts_(std::move(parts)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

Store Store::open(const std::string& path, Durability durability, std::optional<int64_t> file_system) {
  auto parts = std::make_unique<StoreParts>();
  parts->path = absolute_path(path);
  parts->durability = durability;
  make_store_file(parts->path);
  parts->locks = RunLocks::of(parts->path, Access::write);
  const auto shared = shared_by_hosts(file_system ? *file_system : file_system_type(parts->path));
  parts->database =
      open_for_writing(parts->path, *parts->locks, {durability, shared ? Journal::rollback : Journal::log});
  if (shared) {
    parts->notice = "store '" + parts->path + "' lies on " + *shared +
                    ", where commits are slower: each is flushed to the disk (--store names another place)";
  }
  return Store(std::move(parts));
}

Store Store::open_existing(const std::string& path) {
  auto parts = std::make_unique<StoreParts>();
  parts->path = absolute_path(path);
  parts->durability = Durability::process;
  refuse_absent(parts->path);
  parts->locks = RunLocks::of(parts->path, Access::read);
  parts->database = open_for_reading(parts->path);
  return Store(std::move(parts));
}

Store Store::open_existing_for_writing(const std::string& path) {
  refuse_absent(absolute_path(path));
  return open(path, Durability::process);
}

const std::string& Store::path() const {
  return parts_->path;
}

const std::string& Store::notice() const {
  return parts_->notice;
}

std::vector<RunRecord> Store::runs() {
  return select_runs(*parts_->database, *parts_->locks, "ORDER BY key");
}

std::vector<RunRecord> Store::find_runs(const std::string& id_or_prefix) {
  std::vector<RunRecord> found = select_runs(*parts_->database, *parts_->locks, "WHERE id=?1", id_or_prefix);
  if (!found.empty()) return found;
  return select_runs(*parts_->database, *parts_->locks, "WHERE substr(id,1,length(?1))=?1 ORDER BY key", id_or_prefix);
}

std::optional<RunRecord> Store::newest_run() {
  std::vector<RunRecord> found = select_runs(*parts_->database, *parts_->locks, "ORDER BY key DESC LIMIT 1");
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

std::optional<RunRecord> Store::newest_run(const std::string& plan) {
  // An index that is damaged may have nothing, or something else; then the runs themselves are looked through.
  for (const char* where : {"WHERE plan=?1 ORDER BY key DESC LIMIT 1", "WHERE +plan=?1 ORDER BY key DESC LIMIT 1"}) {
    std::vector<RunRecord> found = select_runs(*parts_->database, *parts_->locks, where, plan);
    if (!found.empty() && found.front().info.plan == plan) return std::move(found.front());
  }
  return std::nullopt;
}

std::vector<JobRecord> Store::jobs(RunKey run) {
  return select_jobs(*parts_->database, run);
}

std::vector<WorkerRecord> Store::workers(RunKey run) {
  return select_workers(*parts_->database, run);
}

std::vector<WorkerRecord> Store::surviving_workers(RunKey run) {
  std::vector<WorkerRecord> workers = this->workers(run);
  const std::string boot = own_boot_id();
  std::erase_if(workers,
                [&](const WorkerRecord& worker) { return worker.boot_id != boot || !worker.process.is_alive(); });
  return workers;
}

uint64_t Store::each_attempt(RunKey run, const std::function<void(AttemptRecord&)>& visit) {
  Statement select(*parts_->database, "SELECT * FROM attempts WHERE key>=?1 AND key<?2 ORDER BY key");
  select.bind(1, first_key(run)).bind(2, end_key(run));
  uint64_t damaged = 0;
  while (select.next()) {
    if (std::optional<AttemptRecord> record = attempt_of(select))
      visit(*record);
    else
      ++damaged;
  }
  return damaged;
}

std::optional<AttemptRecord> Store::attempt(AttemptKey key) {
  if (!parts_->select_attempt) parts_->select_attempt.emplace(*parts_->database, "SELECT * FROM attempts WHERE key=?1");
  Statement& select = *parts_->select_attempt;
  if (!select.bind(1, key.value).next()) return std::nullopt;
  std::optional<AttemptRecord> record = attempt_of(select);
  select.reset();
  return record;
}

bool Store::read_output(const AttemptRecord& attempt, worker::Stream stream, const Consume& consume) {
  const Output& output = stream == worker::Stream::out ? attempt.out : attempt.err;
  if (!output.in_file) {
    if (!output.text.empty()) consume(std::as_bytes(std::span(output.text)));
    return true;
  }
  Statement select(*parts_->database, "SELECT id FROM runs WHERE key=?1");
  if (!select.bind(1, run_of(attempt.key)).next()) return false;
  const std::string directory = outputs_directory(parts_->path, select.text(0));
  return read_output_file(output_file(directory, attempt.key, stream), output, consume);
}

std::string Store::check() {
  Statement check(*parts_->database, "PRAGMA quick_check");
  std::string findings;
  while (check.next()) findings += check.text(0) + "\n";
  return findings == "ok\n" ? "" : findings;
}

}  // namespace mpr::store
