// What is known about the terminal that a descriptor leads to.
#pragma once

#include "os/unique_fd.hpp"

namespace mpr::app {

[[nodiscard]] bool is_terminal(os::FdRef fd);

/// Columns, never 0: what the terminal says, else what COLUMNS says, else 80.
[[nodiscard]] unsigned terminal_width(os::FdRef fd);

}  // namespace mpr::app
