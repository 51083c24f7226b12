// The file of a store: found or made, and of this mpr's format.
#pragma once

#include <memory>
#include <string>

#include "database.hpp"
#include "run_locks.hpp"
#include "store/store.hpp"

namespace mpr::store {

/// An absolute path, also when the process changes its directory later.
[[nodiscard]] std::string absolute_path(const std::string& path);

/// Makes the directory and an empty file if they are not there, for this user alone, whatever the umask.
void make_store_file(const std::string& path);

/// Makes one directory for this user alone, unless it is there.
void make_private_directory(const std::string& path, const std::string& store);

enum class Journal : uint8_t {
  log,       ///< SQLite's write-ahead log: fast, for one host
  rollback,  ///< safe where several hosts see the file
};

struct Keeping {
  Durability durability;
  Journal journal;
};

/// An existing file (which may be empty), made ready for writing.
[[nodiscard]] std::unique_ptr<Database> open_for_writing(const std::string& path, RunLocks& locks, Keeping keeping);

/// For reading; a store of an older format is brought up to date first, for which it must be writable. Where nothing
/// can be written, a store is read as it lies there.
[[nodiscard]] std::unique_ptr<Database> open_for_reading(const std::string& path);

}  // namespace mpr::store
