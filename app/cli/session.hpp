// Session: carries out a plan for a command line: what `mpr map` and `mpr run` do alike once they know what is to be
// run.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cli/exit_code.hpp"
#include "cli/run_settings.hpp"
#include "manifest/isolation.hpp"
#include "os/pid_namespace.hpp"
#include "os/signals.hpp"
#include "runner/plan.hpp"
#include "runner/run.hpp"
#include "store/records.hpp"

namespace mpr::app {

/// `workers`: as written. `started_with`: what tasks are to have for signals.
[[nodiscard]] runner::RunOptions run_options(const std::string& workers, Affinity affinity, uint64_t max_failures,
                                             const ResultOptions& results, const os::SignalState& started_with);

/// What workers are to be in; none for Isolation::none. Throws UsageError where the system refuses it.
[[nodiscard]] std::shared_ptr<os::PidNamespace> place_for_workers(manifest::Isolation isolation);

/// Where the run is recorded, and as what.
struct RecordAs {
  std::string path;       ///< of the store; empty: it is not recorded
  store::RunInfo info;    ///< without its id
  std::string directory;  ///< that tasks without one of their own run in
};

/// Runs it, prints the results and what there is to say of them, and records the run. Does not return when a signal
/// ended it. Throws what runner::run throws, StoreError, and manifest::Error when nothing was run.
[[nodiscard]] ExitCode carry_out(runner::RunOptions options, runner::Plan& plan, const RunSettings& settings,
                                 const RecordAs& record);

}  // namespace mpr::app
