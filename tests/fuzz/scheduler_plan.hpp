// SchedulerPlan: what a run of the model is to be like: jobs, limits, and what goes wrong how often. Read from a tape.
#pragma once

#include <vector>

#include "runner/policy.hpp"
#include "tape.hpp"

namespace mpr::test {

/// A job, but for its policy. How often: of 256 times.
struct JobStory {
  std::vector<size_t> needs;
  unsigned tasks = 0;        ///< that its source has
  bool opens = true;         ///< else its inputs cannot be had
  bool breaks = false;       ///< its source ends in an error
  unsigned waiting = 0;      ///< its source has nothing yet
  unsigned failing = 0;      ///< an attempt fails
  os::Duration usual{1000};  ///< that an attempt takes
  unsigned slow = 0;         ///< an attempt takes a hundred times as long
};

struct SchedulerPlan {
  runner::Policy policy;
  std::vector<JobStory> jobs;  ///< as in the policy
  bool recorded = false;       ///< nothing comes of a result before it is committed
  bool tells_each = false;     ///< the front end wants to be told of each task
  unsigned known = 0;          ///< a task is on record from before
  unsigned known_failed = 0;   ///< ... as one that failed
  unsigned dying = 0;          ///< a worker dies, where one may
  unsigned stopping = 0;       ///< a signal stops the run, where one may
  unsigned pausing = 0;        ///< nobody reads the output for a while
};

[[nodiscard]] SchedulerPlan plan_of(Tape& tape);

}  // namespace mpr::test
