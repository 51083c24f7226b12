// `mpr probe`: runs a sample of tasks in each way that there is, says whether all do the same, and which is fastest.
#pragma once

#include <span>
#include <string>

#include "cli/exit_code.hpp"

namespace mpr::app {

/// Throws UsageError and whatever a run throws.
[[nodiscard]] ExitCode probe_command(std::span<const std::string> words);

}  // namespace mpr::app
