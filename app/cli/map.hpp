// `mpr map`: one command over many inputs.
#pragma once

#include <span>
#include <string>

#include "cli/exit_code.hpp"

namespace mpr::app {

/// `words`: those after `map`. Throws UsageError, manifest::Error, runner::RunError, std::system_error.
[[nodiscard]] ExitCode map_command(std::span<const std::string> words);

}  // namespace mpr::app
