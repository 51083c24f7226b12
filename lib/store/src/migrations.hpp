// The store's schema, as the steps that lead to it.
#pragma once

#include "database.hpp"

namespace mpr::store {

/// How many steps the file has behind it: 0 for an empty one. Throws StoreError for what is no store, or newer.
[[nodiscard]] int64_t checked_version(Database& database);

[[nodiscard]] int64_t latest_version();

/// Takes the steps that the file lacks, each whole or not at all.
void migrate(Database& database);

}  // namespace mpr::store
