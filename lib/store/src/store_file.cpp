#include "store_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "error.hpp"
#include "migrations.hpp"
#include "os/unique_fd.hpp"
#include "store/file_system.hpp"

namespace mpr::store {
namespace {

constexpr const char* kCannotCreate = "cannot create";

bool uses_wal(Database& database) {
  Statement mode(database, "PRAGMA journal_mode");
  return mode.next() && mode.bytes(0) == "wal";
}

void set_up(Database& database, RunLocks& locks, Journal journal) {
  // SQLite answers "busy" at once to whoever changes the journal's mode second.
  const RunLocks::SetUp alone(locks);
  // Of effect before the first table alone: prune gives pages back without rewriting the file.
  database.run("PRAGMA auto_vacuum=INCREMENTAL");
  database.run(journal == Journal::log ? "PRAGMA journal_mode=WAL" : "PRAGMA journal_mode=DELETE");
  migrate(database);
}

void make_directories(const std::filesystem::path& directory, const std::string& store) {
  if (directory.empty() || std::filesystem::is_directory(directory)) return;
  make_directories(directory.parent_path(), store);
  make_private_directory(directory.string(), store);
}

/// Of a store whose files can only be read, and that nobody writes.
std::unique_ptr<Database> open_unchanging(const std::string& path) {
  std::error_code none;
  const auto log_bytes = std::filesystem::file_size(path + "-wal", none);
  if (!none && log_bytes > 0) throw_unreadable_log(path);
  return std::make_unique<Database>(path, Access::read, /*unchanging=*/true);
}

/// SQLite wants files beside it, for locks, to read it too: where there is no room for them, or none may be made. It
/// then tells that one of them is not there, or was refused.
bool is_for_want_of_files(StoreError::Cause cause, const std::string& path) {
  if (cause == StoreError::Cause::full) return true;
  const std::string directory = std::filesystem::path(path).parent_path().string();
  const bool only_read = ::access(path.c_str(), R_OK) == 0 && ::access(directory.c_str(), W_OK) != 0;
  return only_read && (cause == StoreError::Cause::refused || cause == StoreError::Cause::failed);
}

std::unique_ptr<Database> open_to_read(const std::string& path) {
  try {
    auto database = std::make_unique<Database>(path, Access::read);
    (void)checked_version(*database);
    return database;
  } catch (const StoreError& error) {
    if (!is_for_want_of_files(error.cause(), path)) throw;
  }
  return open_unchanging(path);
}

}  // namespace

std::string absolute_path(const std::string& path) {
  return std::filesystem::absolute(path).lexically_normal().string();
}

void make_private_directory(const std::string& path, const std::string& store) {
  if (::mkdir(path.c_str(), 0700) == 0) {
    if (::chmod(path.c_str(), 0700) == 0) return;
  } else if (errno == EEXIST) {
    return;
  }
  throw_system_error(kCannotCreate, store, errno);
}

void make_store_file(const std::string& path) {
  make_directories(std::filesystem::path(path).parent_path(), path);
  // Never opened if it exists: closing it would release the locks that SQLite may hold on it in this process.
  const os::UniqueFd file{::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
  if (!file && errno == EEXIST) return;
  // SQLite gives -wal and -shm the mode of the file.
  if (!file || ::fchmod(file.get(), 0600) != 0) throw_system_error(kCannotCreate, path, errno);
}

std::unique_ptr<Database> open_for_writing(const std::string& path, RunLocks& locks, Keeping keeping) {
  auto database = std::make_unique<Database>(path, Access::write);
  const bool wants_log = keeping.journal == Journal::log;
  if (checked_version(*database) < latest_version() || uses_wal(*database) != wants_log)
    set_up(*database, locks, keeping.journal);
  // A rollback journal (some file systems without shared memory keep one, too) is safe only with FULL.
  const bool full = keeping.durability == Durability::power || !uses_wal(*database);
  database->run(full ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
  return database;
}

std::unique_ptr<Database> open_for_reading(const std::string& path) {
  auto database = open_to_read(path);
  if (checked_version(*database) == latest_version()) return database;
  database.reset();
  const Journal journal = shared_by_hosts(file_system_type(path)) ? Journal::rollback : Journal::log;
  return open_for_writing(path, *RunLocks::of(path, Access::write), {Durability::process, journal});
}

}  // namespace mpr::store
