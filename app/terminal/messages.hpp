// What mpr says, as against what tasks print: one line each, on standard error.
//
//   mpr: error: cannot run './sqare': No such file or directory
//   mpr: hint: ...
//   mpr: warning: ...
//
// During a run, messages go through the run's own stderr stream (log_to), so that they neither wait for a slow reader
// nor tear a progress line; before and after, straight to standard error.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <spdlog/logger.h>

namespace mpr::app {

/// A logger whose lines are "mpr: error: ...", "mpr: warning: ...", and "mpr: ..." below that. `verbose`: 0 warnings
/// and errors, 1 what happens to each task, 2 more.
[[nodiscard]] std::shared_ptr<spdlog::logger> make_log(int verbose, std::function<void(std::string_view)> write);

/// One line on standard error, and one for the hint unless it is empty.
void print_error(std::string_view message, std::string_view hint);

/// "mpr: warning: ..." and "mpr: ...", on standard error.
void print_warning(std::string_view message);
void print_notice(std::string_view message);

/// On standard output, all of it; an output that cannot be written throws std::system_error.
void print_result(std::string_view text);

}  // namespace mpr::app
