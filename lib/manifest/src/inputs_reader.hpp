// The inputs of a job: `inputs`, `link` and `exclude`.
#pragma once

#include <span>
#include <vector>

#include "job_references.hpp"
#include "manifest/manifest.hpp"
#include "value_reader.hpp"

namespace mpr::manifest {

/// In the order of the document.
[[nodiscard]] std::vector<JobInputs> read_inputs(JsonValue inputs, JobReferences& references);

/// The same groups, so that those which are linked stand one after another.
[[nodiscard]] std::vector<JobInputs> link_groups(JsonValue link, std::vector<JobInputs> groups);

[[nodiscard]] std::vector<Exclusion> read_exclusions(JsonValue exclude, std::span<const JobInputs> groups);

}  // namespace mpr::manifest
