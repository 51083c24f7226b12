// How failures of the store are told.
#pragma once

#include <string>

#include "store/error.hpp"

namespace mpr::store {

[[noreturn]] void throw_damaged(const std::string& store, const std::string& reason);

[[noreturn]] void throw_moved(const std::string& store);

/// The disk has failed before, and nothing more is written.
[[noreturn]] void throw_failed_before(const std::string& store);

/// It can be read only where files can be made beside it.
[[noreturn]] void throw_unreadable_log(const std::string& store);

/// What the kernel refused, while doing `what`: "cannot open", "cannot record results in".
[[noreturn]] void throw_system_error(const std::string& what, const std::string& store, int error);

/// What SQLite refused: its extended code, its message, and errno if the kernel was behind it.
struct SqliteFailure {
  int code;
  std::string message;
  int error;
};
[[noreturn]] void throw_sqlite_failure(const std::string& what, const std::string& store, const SqliteFailure& failure);

}  // namespace mpr::store
