// The command line of mpr: finds the command, runs it, and turns what goes wrong into one line and an exit status.
#pragma once

#include <span>
#include <string>

namespace mpr::app {

/// `words`: without the program's name. Answers the exit status; does not return when a signal ended the run.
[[nodiscard]] int run_command_line(std::span<const std::string> words);

}  // namespace mpr::app
