// What mpr says, as against what tasks print: one line each, on standard error.
//
//   mpr: error: cannot run './sqare': No such file or directory
//   mpr: hint: ...
//   mpr: warning: ...
//
// Straight to standard error; for what is said during a run see log.hpp. Both show what a terminal or a CI service
// might obey, in words that mpr was given, as text (manifest::printable()).
#pragma once

#include <string>
#include <string_view>

namespace mpr::app {

/// One line on standard error, and one for the hint unless it is empty.
void print_error(std::string_view message, std::string_view hint);

/// "mpr: warning: ..." and "mpr: ...", on standard error.
void print_warning(std::string_view message);
void print_notice(std::string_view message);

/// On standard output, all of it; an output that cannot be written throws RunError.
void print_result(std::string_view text);

}  // namespace mpr::app
