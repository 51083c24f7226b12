// The parts of JSON that several commands print.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "store/records.hpp"

namespace mpr::app {

using Json = nlohmann::ordered_json;

/// As of run_json.
[[nodiscard]] Json run_object(const store::RunRecord& run, store::UnixTime now);

void put_counts(Json& object, const store::Counts& counts);

[[nodiscard]] Json time_or_null(store::UnixTime time);

[[nodiscard]] double seconds_of(os::Duration duration);

}  // namespace mpr::app
