// How the results of a run are to be shown.
#pragma once

#include <cstdint>

#include "runner/gather.hpp"
#include "terminal/progress.hpp"

namespace mpr::app {

enum class Format : uint8_t { plain, tagged, json };

struct ResultOptions {
  runner::Ordering ordering = runner::Ordering::in_order;
  Format format = Format::plain;
  ProgressMode progress = ProgressMode::automatic;
  bool quiet = false;  ///< no progress line, no digest
  int verbose = 0;
};

}  // namespace mpr::app
