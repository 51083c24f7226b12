// One job of a manifest.
#pragma once

#include "job_references.hpp"
#include "settings_reader.hpp"

namespace mpr::manifest {

/// Adds to `references` the jobs that it names.
[[nodiscard]] Job read_job(const LocatedJson::Member& member, const SettingsReader& settings,
                           JobReferences& references);

}  // namespace mpr::manifest
