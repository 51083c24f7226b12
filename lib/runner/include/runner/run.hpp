// run: carries out a plan. One thread, one event loop over worker queues, signals, sources and the front end.
//
//   const RunReport report = run(options, plan, front_end);
//
// Errors: inputs that cannot be read to their end are told in the report, after the tasks before them have been run.
//   What makes it impossible to go on (results that cannot be written or kept, no process to be had) is thrown as
//   std::exception, after everything that was started has been ended.
// Processes: needs a process with one thread, makes it a subreaper, and leaves it one. While it runs, SIGINT, SIGTERM,
//   SIGHUP and SIGQUIT are read rather than delivered, unless they were ignored; nothing that it started is left when
//   it returns. So is SIGTSTP (Ctrl-Z): all that it started stops, then this process, and for neither has time gone by
//   when it is continued.
#pragma once

#include <exception>
#include <optional>
#include <string>

#include "runner/front_end.hpp"
#include "runner/gather.hpp"
#include "runner/job_board.hpp"
#include "runner/plan.hpp"
#include "runner/recorder.hpp"
#include "runner/worker_pool.hpp"

namespace mpr::runner {

struct RunOptions {
  uint64_t max_failures = 0;  ///< failed tasks after which the run stops; 0: never
  PoolOptions pool;
  Ordering ordering = Ordering::in_order;
  std::string spill_directory;
};

struct RunReport {
  Counters counters;
  std::vector<JobReport> jobs;      ///< as in the plan
  std::optional<int> signal;        ///< that ended the run
  bool output_closed = false;       ///< nobody read the results any more
  std::exception_ptr source_error;  ///< what a source threw: the tasks before it were run, those after it are unknown
  std::exception_ptr record_error;  ///< why the last results are not kept: the signal came while there was no room
};

/// `recorder`: none, and what comes of the tasks is not kept. `plan` has its sources open afterwards.
[[nodiscard]] RunReport run(const RunOptions& options, Plan& plan, FrontEnd& front_end, Recorder* recorder = nullptr);

}  // namespace mpr::runner
