#include "database.hpp"

#include <sqlite3.h>

#include <cerrno>
#include <utility>

#include "error.hpp"

namespace mpr::store {
namespace {

/// Longer than any batch, or any step of a prune, takes to write.
constexpr int kBusyMilliseconds = 5000;

}  // namespace

Database::Database(std::string path, Access access) : path_(std::move(path)), access_(access) {
  const int mode = access == Access::write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
  const int code = sqlite3_open_v2(path_.c_str(), &connection_, mode | SQLITE_OPEN_NOMUTEX, nullptr);
  try {
    if (code != SQLITE_OK) fail(code);
    sqlite3_extended_result_codes(connection_, 1);
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

void Database::fail(int code) const {
  // SQLite keeps errno only of failures to open; for the others it is that of the last call that failed.
  const int error = sqlite3_system_errno(connection_) != 0 ? sqlite3_system_errno(connection_) : errno;
  const char* what = access_ == Access::write ? "cannot record results in" : "cannot read";
  throw_sqlite_failure(what, path_, {code, sqlite3_errmsg(connection_), error});
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
  // SQLite would go on writing a file that nobody finds any more.
  int moved = 0;
  sqlite3_file_control(database.connection_, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  if (moved != 0) throw_moved(database.path());
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
}

}  // namespace mpr::store
