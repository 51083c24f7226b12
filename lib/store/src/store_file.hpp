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

/// An existing file (which may be empty), made ready for writing.
[[nodiscard]] std::unique_ptr<Database> open_for_writing(const std::string& path, RunLocks& locks,
                                                         Durability durability);

/// For reading; a store of an older format is brought up to date first, for which it must be writable.
[[nodiscard]] std::unique_ptr<Database> open_for_reading(const std::string& path);

}  // namespace mpr::store
