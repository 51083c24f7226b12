#include "store_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>

#include "error.hpp"
#include "migrations.hpp"
#include "os/unique_fd.hpp"

namespace mpr::store {
namespace {

constexpr const char* kCannotCreate = "cannot create";

bool uses_wal(Database& database) {
  Statement mode(database, "PRAGMA journal_mode");
  return mode.next() && mode.bytes(0) == "wal";
}

void set_up(Database& database, RunLocks& locks) {
  // SQLite answers "busy" at once to whoever changes the journal's mode second.
  const RunLocks::SetUp alone(locks);
  // Of effect before the first table alone: prune gives pages back without rewriting the file.
  database.run("PRAGMA auto_vacuum=INCREMENTAL");
  database.run("PRAGMA journal_mode=WAL");
  migrate(database);
}

void make_directories(const std::filesystem::path& directory, const std::string& store) {
  if (directory.empty() || std::filesystem::is_directory(directory)) return;
  make_directories(directory.parent_path(), store);
  make_private_directory(directory.string(), store);
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

std::unique_ptr<Database> open_for_writing(const std::string& path, RunLocks& locks, Durability durability) {
  auto database = std::make_unique<Database>(path, Access::write);
  if (checked_version(*database) < latest_version() || !uses_wal(*database)) set_up(*database, locks);
  // A file system without shared memory (some network ones) keeps a rollback journal, which is safe only with FULL.
  const bool full = durability == Durability::power || !uses_wal(*database);
  database->run(full ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
  return database;
}

std::unique_ptr<Database> open_for_reading(const std::string& path) {
  auto database = std::make_unique<Database>(path, Access::read);
  if (checked_version(*database) == latest_version()) return database;
  database.reset();
  return open_for_writing(path, *RunLocks::of(path, Access::write), Durability::process);
}

}  // namespace mpr::store
