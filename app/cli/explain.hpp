// What `mpr run --explain` prints: for each task, one a line, whether --resume would run it, and why.
//
//   keep  square/1  finished  ./square 1
//   run   square/2  failed, and --retry-failed is given  ./square 2
//
// The parts of a line are parted by tabs.
#pragma once

#include "cli/plan_text.hpp"
#include "cli/session.hpp"

namespace mpr::app {

/// Throws what Recording does.
void explain(const runner::Plan& plan, const StoreSettings& settings, const RecordAs& record, const Print& print);

}  // namespace mpr::app
