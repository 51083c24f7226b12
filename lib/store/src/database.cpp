#include "database.hpp"

#include <sqlite3.h>

#include <cerrno>
#include <string_view>
#include <utility>

#include "error.hpp"

namespace mpr::store {
namespace {

/// Longer than any batch, or any step of a prune, takes to write.
constexpr int kBusyMilliseconds = 5000;

/// So many pages, and the log is brought into the file.
constexpr int kMuchLog = 1000;

bool is_for_want_of_room(int error) {
  return error == ENOSPC || error == EDQUOT || error == EFBIG;
}

/// SQLite's own does the same, and forgets that the disk has failed. (What has no room, or must wait for another
/// process, is for later: it is in the log.)
int bring_log_in(void*, sqlite3* connection, const char* name, int pages) {
  if (pages < kMuchLog) return SQLITE_OK;
  const int code = sqlite3_wal_checkpoint_v2(connection, name, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  const bool disk_failed = (code & 0xff) == SQLITE_IOERR && !is_for_want_of_room(sqlite3_system_errno(connection));
  return disk_failed ? code : SQLITE_OK;
}

std::string unchanging_uri(std::string_view path) {
  std::string uri = "file:";
  for (const char c : path) {
    if (c == '%' || c == '?' || c == '#') {
      constexpr std::string_view kDigits = "0123456789ABCDEF";
      const auto byte = static_cast<unsigned char>(c);
      ((uri += '%') += kDigits[byte / 16]) += kDigits[byte % 16];
    } else {
      uri += c;
    }
  }
  return uri + "?immutable=1";
}

}  // namespace

Database::Database(std::string path, Access access, bool unchanging) : path_(std::move(path)), access_(access) {
  const std::string name = unchanging ? unchanging_uri(path_) : path_;
  const int mode = (access == Access::write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) |
                   (unchanging ? SQLITE_OPEN_URI : 0) | SQLITE_OPEN_NOMUTEX;
  const int code = sqlite3_open_v2(name.c_str(), &connection_, mode, nullptr);
  try {
    if (code != SQLITE_OK) fail(code);
    sqlite3_extended_result_codes(connection_, 1);
    if (access == Access::write) sqlite3_wal_hook(connection_, &bring_log_in, nullptr);
    sqlite3_busy_timeout(connection_, kBusyMilliseconds);
    // What is in the file is data, whoever wrote it: no views or triggers of others run, no cell is taken on trust.
    sqlite3_db_config(connection_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(connection_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    run("PRAGMA cell_size_check=ON");
  } catch (...) {
    close();
    throw;
  }
}

Database::~Database() {
  close();
}

void Database::close() noexcept {
  sqlite3_close_v2(connection_);
  connection_ = nullptr;
}

void Database::run(const std::string& sql) {
  const int code = sqlite3_exec(connection_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code);
}

int64_t Database::number(const std::string& sql) {
  Statement statement(*this, sql);
  return statement.next() ? statement.number(0) : 0;
}

int64_t Database::last_key() const {
  return sqlite3_last_insert_rowid(connection_);
}

/// Nor is the log brought in when it is closed.
void Database::give_up() noexcept {
  failed_ = true;
  if (connection_) sqlite3_db_config(connection_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

void Database::refuse_if_failed() const {
  if (failed_) throw_failed_before(path_);
}

/// SQLite would go on writing files that nobody finds any more.
void Database::refuse_if_moved() {
  int moved = 0;
  sqlite3_file_control(connection_, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  const auto log = os::FileIdentity::of(path_ + "-wal");
  if (moved != 0 || (log_ && log != log_)) {
    // What has these names now is not ours to remove when we close.
    give_up();
    throw_moved(path_);
  }
  log_ = log;
}

void Database::fail(int code) {
  // SQLite keeps errno only of failures to open; for the others it is that of the last call that failed.
  const int error = sqlite3_system_errno(connection_) != 0 ? sqlite3_system_errno(connection_) : errno;
  const char* what = access_ == Access::write ? "cannot record results in" : "cannot read";
  try {
    throw_sqlite_failure(what, path_, {code, sqlite3_errmsg(connection_), error});
  } catch (const StoreError& failure) {
    if (failure.cause() == StoreError::Cause::failed) give_up();
    throw;
  }
}

Statement::Statement(Database& database, std::string_view sql) : database_(&database) {
  checked(sqlite3_prepare_v3(database.connection_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                             &statement_, nullptr));
}

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_), statement_(std::exchange(other.statement_, nullptr)) {}

Statement::~Statement() {
  sqlite3_finalize(statement_);
}

Statement& Statement::checked(int code) {
  if (code != SQLITE_OK) database_->fail(code);
  return *this;
}

Statement& Statement::bind(int parameter, int64_t value) {
  return checked(sqlite3_bind_int64(statement_, parameter, value));
}

Statement& Statement::bind(int parameter, std::string_view text) {
  // No pointer would be NULL.
  const char* data = text.data() ? text.data() : "";
  return checked(sqlite3_bind_text64(statement_, parameter, data, text.size(), SQLITE_STATIC, SQLITE_UTF8));
}

Statement& Statement::bind_blob(int parameter, std::string_view bytes) {
  const char* data = bytes.data() ? bytes.data() : "";
  return checked(sqlite3_bind_blob64(statement_, parameter, data, bytes.size(), SQLITE_STATIC));
}

Statement& Statement::bind_null(int parameter) {
  return checked(sqlite3_bind_null(statement_, parameter));
}

Statement& Statement::bind_or_null(int parameter, std::optional<uint64_t> value) {
  return value ? bind(parameter, static_cast<int64_t>(*value)) : bind_null(parameter);
}

bool Statement::next() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) {
    // Told first: reset() would take the message away.
    try {
      database_->fail(code);
    } catch (...) {
      reset();
      throw;
    }
  }
  reset();
  return false;
}

void Statement::run() {
  while (next()) {
  }
}

void Statement::reset() noexcept {
  sqlite3_reset(statement_);
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

int64_t Statement::number(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::string_view Statement::bytes(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  return {data ? data : "", data ? static_cast<size_t>(sqlite3_column_bytes(statement_, column)) : 0};
}

std::optional<uint64_t> Statement::number_or_null(int column) const {
  if (is_null(column)) return std::nullopt;
  return static_cast<uint64_t>(number(column));
}

Transaction::Transaction(Database& database) : database_(&database) {
  database.refuse_if_failed();
  database.run("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
  // After some failures SQLite has rolled back by itself; that there is nothing left to roll back is fine.
  if (open_ && sqlite3_get_autocommit(database_->connection_) == 0)
    sqlite3_exec(database_->connection_, "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
  database_->run("COMMIT");
  open_ = false;
  // Now: what was committed to a file that had gone before is not kept.
  database_->refuse_if_moved();
}

}  // namespace mpr::store
