// What an open store consists of.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "database.hpp"
#include "run_locks.hpp"
#include "store/store.hpp"

namespace mpr::store {

struct StoreParts {
  std::string path;  ///< absolute
  std::string notice;
  Durability durability;
  std::shared_ptr<RunLocks> locks;
  std::unique_ptr<Database> database;
  std::optional<Statement> select_attempt;  ///< by key; prepared when it is first needed
};

}  // namespace mpr::store
