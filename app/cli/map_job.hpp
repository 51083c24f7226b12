// What a command line of `mpr map` asks to be run: its inputs and its command.
#pragma once

#include "cli/map_options.hpp"
#include "manifest/command_template.hpp"
#include "manifest/input_source.hpp"

namespace mpr::app {

/// Throws manifest::Error.
[[nodiscard]] manifest::InputSource open_inputs(const MapCommandLine& line);
/// Throws UsageError, also for a program that there is not, and manifest::Error.
[[nodiscard]] manifest::CommandTemplate compile_command(const MapCommandLine& line,
                                                        const manifest::InputSource& inputs);

}  // namespace mpr::app
