// A plan as text: what `mpr check` and `--dry-run` print.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "runner/plan.hpp"

namespace mpr::app {

/// A command as one would give it to a shell: its directory, its variables, its words, and where it reads and writes.
[[nodiscard]] std::string command_text(const worker::Command& command);

/// Takes text as it is made; there may be a lot of it.
using Print = std::function<void(std::string_view)>;

/// All commands, one a line, job by job. A job whose inputs are what another will have printed has a line that says so.
void print_commands(runner::Plan& plan, const Print& print);

/// The jobs: what they wait for, how many tasks they have, and the first few commands of each.
void print_plan(runner::Plan& plan, const std::string& name, unsigned workers, const Print& print);

}  // namespace mpr::app
