// The commands that look at recorded runs: `mpr runs`, `mpr show` and `mpr logs`.
//
// `words`: those after the command. They throw UsageError, store::StoreError, std::system_error.
#pragma once

#include <span>
#include <string>

#include "cli/exit_code.hpp"

namespace mpr::app {

[[nodiscard]] ExitCode runs_command(std::span<const std::string> words);
[[nodiscard]] ExitCode show_command(std::span<const std::string> words);
[[nodiscard]] ExitCode logs_command(std::span<const std::string> words);

}  // namespace mpr::app
