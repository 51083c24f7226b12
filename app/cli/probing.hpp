// Probing: runs a sample of tasks in one way, again and again for a while, to see what they do and how fast.
//
// Memory: what the sample writes, once.
#pragma once

#include <string>
#include <vector>

#include "manifest/executor_choice.hpp"
#include "manifest/task_template.hpp"
#include "os/clock.hpp"
#include "runner/run.hpp"

namespace mpr::app {

/// What came of a task, as its user sees it.
struct ProbedTask {
  std::string end;  ///< "exit status 0"
  std::string out;
  std::string err;

  friend bool operator==(const ProbedTask&, const ProbedTask&) = default;
};

struct Probed {
  std::vector<ProbedTask> tasks;  ///< of the sample
  double tasks_per_second = 0;    ///< start-up included
  std::optional<int> signal;      ///< that ended it early
};

/// What is run. The sample has at least one row.
struct Sample {
  const std::vector<runner::Inputs>& rows;
  const manifest::TaskTemplate& tasks;
  runner::Job like;  ///< but for the executor; without a source
};

/// Each row at least once, and all of them again and again until `least` has passed.
[[nodiscard]] Probed probe(const Sample& sample, manifest::ExecutorChoice executor, const runner::RunOptions& options,
                           os::Duration least);

}  // namespace mpr::app
