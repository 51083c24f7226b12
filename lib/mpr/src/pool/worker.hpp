// A pool's worker: a forked process that runs the chunks it is sent, one after another.
//
// Processes: worker_main runs in the child. It ends when its task queue ends, which also tells it that the owner of the
//   pool has died, and after `most_tasks`. An interrupt from the terminal (SIGINT) does not end it: what is to become
//   of the work is for the owner to say, whom it reaches too.
#pragma once

#include <functional>

#include "mpr/connection.hpp"
#include "pool/board.hpp"

namespace mpr::pool {

struct WorkerOptions {
  std::function<void()> initializer;  ///< may be none
  uint64_t most_tasks = 0;            ///< calls of functions; 0: no limit
};

/// Answers the exit code of the process.
[[nodiscard]] int worker_main(Connection tasks, Connection results, Board& board, const WorkerOptions& options);

}  // namespace mpr::pool
