// `mpr run`, `mpr check`, `mpr schema`: what a manifest says.
#pragma once

#include <span>
#include <string>

#include "cli/exit_code.hpp"

namespace mpr::app {

/// `words`: those after the command. Throw UsageError, manifest::Error, runner::RunError, StoreError,
/// std::system_error.
[[nodiscard]] ExitCode run_command(std::span<const std::string> words);
[[nodiscard]] ExitCode check_command(std::span<const std::string> words);
[[nodiscard]] ExitCode schema_command(std::span<const std::string> words);

}  // namespace mpr::app
