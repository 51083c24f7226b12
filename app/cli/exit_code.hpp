// With what mpr ends. Part of its contract: scripts rely on these.
#pragma once

namespace mpr::app {

enum class ExitCode : int {
  success = 0,      ///< all tasks succeeded
  task_failed = 1,  ///< at least one did not
  usage = 2,        ///< the command line or an input file is wrong; nothing was run
  failure = 125,    ///< mpr itself failed: full disk, no processes left
  // 128 + N: ended by signal N. Not returned: the signal is raised.
};

}  // namespace mpr::app
