// The pool, and what each job needs of it.
#pragma once

#include "manifest/manifest.hpp"
#include "value_reader.hpp"

namespace mpr::manifest {

[[nodiscard]] PoolSettings read_pool(JsonValue value);

/// Errors: also more than `pool` has.
[[nodiscard]] JobResources read_job_resources(JsonValue value, const PoolSettings& pool);

}  // namespace mpr::manifest
