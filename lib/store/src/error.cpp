#include "error.hpp"

#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace mpr::store {
namespace {

using Cause = StoreError::Cause;

constexpr const char* kDiskFull = "the disk is full";
constexpr const char* kFailedHint =
    "the disk fails: dmesg may tell more; what was recorded before is safe, --resume goes on with it once it is mended";

std::string quoted(const std::string& path) {
  return "'" + path + "'";
}

std::string text_of(int error) {
  return std::generic_category().message(error);
}

[[noreturn]] void throw_full(const std::string& what, const std::string& store, const std::string& reason) {
  throw StoreError(
      Cause::full, what + " store " + quoted(store) + ": " + reason,
      "make room, or put the store elsewhere (--store); what was recorded is safe, --resume goes on with it", reason);
}

[[noreturn]] void throw_limited(const std::string& what, const std::string& store) {
  const std::string reason = "it has reached the limit of a file's size";
  throw StoreError(Cause::limited, what + " store " + quoted(store) + ": " + reason,
                   "ulimit -f tells the limit; what was recorded is safe, --resume goes on with it", reason);
}

[[noreturn]] void throw_refused(const std::string& what, const std::string& store, int error) {
  throw StoreError(Cause::refused, what + " store " + quoted(store) + ": " + text_of(error),
                   "a store is written in its own directory, beside it too: both must be writable for this user");
}

}  // namespace

void throw_damaged(const std::string& store, const std::string& reason) {
  throw StoreError(Cause::damaged, "store " + quoted(store) + " is damaged: " + reason,
                   "move it away to begin a new one; to save what can be read of it: sqlite3 " + quoted(store) +
                       " .recover | sqlite3 saved.db");
}

void throw_moved(const std::string& store) {
  throw StoreError(Cause::failed, "store " + quoted(store) + " was moved or removed while it was in use",
                   "a store stays where it is, with its -wal file, until no mpr uses it");
}

void throw_failed_before(const std::string& store) {
  throw StoreError(Cause::failed, "store " + quoted(store) + " could not be written before: nothing more is");
}

void throw_unreadable_log(const std::string& store) {
  throw StoreError(Cause::refused,
                   "cannot read store " + quoted(store) + ": its last results are in " + quoted(store + "-wal") +
                       ", to be read only where files can be made beside them",
                   "copy both into a directory of yours, and read that store (--store)");
}

void throw_system_error(const std::string& what, const std::string& store, int error) {
  switch (error) {
    case ENOSPC:
      throw_full(what, store, kDiskFull);
    case EDQUOT:
      throw_full(what, store, "the disk quota is used up");
    case EFBIG:
      throw_limited(what, store);
    case EACCES:
    case EPERM:
    case EROFS:
      throw_refused(what, store, error);
    case EIO:
      throw StoreError(Cause::failed, what + " store " + quoted(store) + ": " + text_of(error), kFailedHint);
    default:
      throw StoreError(Cause::failed, what + " store " + quoted(store) + ": " + text_of(error));
  }
}

void throw_sqlite_failure(const std::string& what, const std::string& store, const SqliteFailure& failure) {
  switch (failure.code & 0xff) {
    case SQLITE_FULL:
      throw_full(what, store, kDiskFull);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
    case SQLITE_ERROR:  // a table or a column that is not there
    case SQLITE_SCHEMA:
    case SQLITE_CONSTRAINT:  // only rows that were changed by others can be in the way of ours
    case SQLITE_MISMATCH:
      throw_damaged(store, failure.message);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw StoreError(Cause::busy, what + " store " + quoted(store) + ": another process keeps it locked",
                       "fuser " + quoted(store) + " tells which; a stopped one must go on or be ended");
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
      if (failure.code == SQLITE_READONLY_DBMOVED) throw_moved(store);
      // SQLite does not tell why it could open the file only to read it.
      throw_refused(what, store, ::access(store.c_str(), W_OK) == 0 ? EACCES : errno);
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
      if (failure.error != 0) throw_system_error(what, store, failure.error);
      [[fallthrough]];
    default:
      throw StoreError(Cause::failed, what + " store " + quoted(store) + ": " + failure.message);
  }
}

}  // namespace mpr::store
