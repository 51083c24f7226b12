// The words in which the runner and its sources talk of tasks.
#pragma once

#include <string>
#include <vector>

namespace mpr::runner {

/// One value for each input group.
using Inputs = std::vector<std::string>;

/// 1..N, N being the number of workers.
using Slot = unsigned;

}  // namespace mpr::runner
