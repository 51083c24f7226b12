// The log of a run: what mpr says while it runs, as against what tasks print.
//
// Its lines go through the run's own stderr stream, so that they neither wait for a slow reader nor tear a progress
// line.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include <spdlog/logger.h>

namespace mpr::app {

/// A logger whose lines are "mpr: error: ...", "mpr: warning: ...", and "mpr: ..." below that. `verbose`: 0 warnings
/// and errors, 1 what happens to each task, 2 more.
[[nodiscard]] std::shared_ptr<spdlog::logger> make_log(int verbose, std::function<void(std::string_view)> write);

}  // namespace mpr::app
