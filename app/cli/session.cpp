#include "cli/session.hpp"

#include <csignal>
#include <set>

#include <fmt/format.h>

#include "cli/recording.hpp"
#include "cli/usage_error.hpp"
#include "manifest/error.hpp"
#include "manifest/worker_count.hpp"
#include "os/clock.hpp"
#include "os/cpu_budget.hpp"
#include "os/cpu_set.hpp"
#include "os/cpu_topology.hpp"
#include "os/limits.hpp"
#include "os/temporary_file.hpp"
#include "runner/descriptor_budget.hpp"
#include "runner/error.hpp"
#include "runner/patient_recorder.hpp"
#include "terminal/messages.hpp"
#include "terminal/results.hpp"

namespace mpr::app {
namespace {

/// Inputs that could not be read to their end. What was run was run: then it is not the usage alone that failed.
void rethrow_source_error(const runner::RunReport& report) {
  try {
    if (report.source_error) std::rethrow_exception(report.source_error);
  } catch (const manifest::Error& error) {
    if (report.counters.added == 0) throw;
    throw runner::RunError(error.what(), error.hint());
  }
}

/// Tells of jobs with names whose inputs could not be read; answers whether there are any.
bool tell_of_unread_inputs(const runner::Plan& plan, const runner::RunReport& report) {
  bool any = false;
  for (size_t job = 0; job < plan.jobs.size(); ++job) {
    const std::string& error = report.jobs[job].error;
    if (error.empty() || plan.jobs[job].name.empty()) continue;
    print_error("job '" + plan.jobs[job].name + "': " + error, "");
    any = true;
  }
  return any;
}

ExitCode exit_code(const runner::RunReport& report) {
  if (report.signal) os::die_by_signal(*report.signal);
  if (report.output_closed) os::die_by_signal(SIGPIPE);
  return report.counters.failed > 0 ? ExitCode::task_failed : ExitCode::success;
}

/// Records that the run is over; waits for room for that, unless a signal has ended it. (One that comes now ends mpr.)
void record_end(const runner::RunReport& report, store::RunRecorder& recorder, Results& results) {
  const runner::RoomWait wait{[] { return os::Clock::now(); },
                              [&](os::Time until) {
                                if (report.signal || report.output_closed) return false;
                                os::sleep_for(until - os::Clock::now());
                                return true;
                              },
                              [&](const std::string& line) { results.warn(line); }};
  runner::when_there_is_room(recorder, wait, [&] { recorder.finish(report); });
}

runner::RunReport run_recorded(const runner::RunOptions& options, runner::Plan& plan, Results& results,
                               Recording* recording) {
  if (!recording) return runner::run(options, plan, results);
  store::RunRecorder& recorder = recording->recorder();
  runner::RunReport report;
  try {
    report = runner::run(options, plan, results, &recorder);
    if (report.record_error) std::rethrow_exception(report.record_error);
    record_end(report, recorder, results);
    return report;
  } catch (const store::StoreError& error) {
    // What keeps the run from being recorded keeps its end from being recorded.
    if (!report.signal) throw;
    print_error(error.what(), error.hint());
    os::die_by_signal(*report.signal);
  } catch (const std::exception&) {
    recorder.give_up();
    throw;
  }
}

void tell_of_damage(const store::RunRecorder& recorder) {
  const uint64_t damaged = recorder.damaged();
  if (damaged == 0) return;
  print_warning(fmt::format("run {} has {} damaged {}, whose {} run again", recorder.run().info.id, damaged,
                            damaged == 1 ? "record" : "records", damaged == 1 ? "task has" : "tasks have"));
}

/// As many of the workers as there may be open files for.
unsigned workers_within_limits(unsigned wanted) {
  const auto limit = os::open_files_limit();
  const auto budget = runner::DescriptorBudget::of(limit, limit ? os::open_files_within(*limit) : 0, wanted);
  if (!budget.warning.empty()) print_warning(budget.warning);
  return budget.workers;
}

/// Whether workers can be pinned so is tried: a filter of system calls or a cpuset may be against it.
void try_affinity(Affinity affinity, const os::CpuSet& allowed, runner::PoolOptions& pool) {
  const std::set<os::CpuSet> places(pool.affinity.begin(), pool.affinity.end());
  const os::PinnedMeanwhile goes_back(allowed);
  for (const os::CpuSet& place : places) {
    try {
      if (!place.empty()) os::pin_this_thread(place);
    } catch (const std::system_error& error) {
      if (affinity == Affinity::automatic) return pool.affinity.clear();
      throw UsageError(
          fmt::format("workers cannot be pinned to CPU {}: {}", os::cpu_list_text(place), error.code().message()),
          fmt::format("CPUs {} are allowed; --affinity none pins nothing", os::cpu_list_text(allowed)));
    }
  }
}

}  // namespace

runner::RunOptions run_options(const std::string& workers, Affinity affinity, uint64_t max_failures,
                               const ResultOptions& results, const os::SignalState& started_with) {
  const os::RealSystemFiles files;
  const os::CpuSet allowed = os::allowed_cpus();
  const unsigned budget = os::cpu_budget(files, allowed.size()).workers;
  runner::RunOptions run;
  run.max_failures = max_failures;
  run.ordering = results.ordering;
  run.spill_directory = os::temporary_directory();
  run.pool.worker.open_files = os::raise_open_files_limit();
  run.pool.workers = workers_within_limits(manifest::parse_worker_count(workers, budget));
  if (affinity != Affinity::none) {
    const auto topology = os::CpuTopology::read(files, allowed);
    run.pool.affinity = plan_affinity(affinity, run.pool.workers, topology, budget);
    try_affinity(affinity, allowed, run.pool);
    run.pool.spare_cpus = spare_cpus(run.pool.affinity, topology);
  }
  run.pool.worker.signals = started_with;
  return run;
}

std::shared_ptr<os::PidNamespace> place_for_workers(manifest::Isolation isolation) try {
  return isolation == manifest::Isolation::pid ? std::make_shared<os::PidNamespace>() : nullptr;
} catch (const os::NamespaceRefused& refused) {
  throw UsageError(std::string("tasks cannot be isolated: ") + refused.what(), refused.hint());
}

ExitCode carry_out(runner::RunOptions options, runner::Plan& plan, const RunSettings& settings,
                   const RecordAs& record) {
  // A store at the limit of a file's size is an error that we see where it happens, not a signal.
  const os::MaskGuard mask;
  os::block_too({SIGXFSZ});
  std::optional<Recording> recording;
  if (record.path.empty()) {
    options.pool.worker.run_id = store::new_run_id();
  } else {
    store::RunInfo info = record.info;
    info.workers = options.pool.workers;
    recording.emplace(record.path, settings.store, info, plan,
                      Recording::Place{record.directory, options.pool.affinity});
    options.pool.worker.run_id = recording->run_id();
    if (!recording->warning().empty() && !settings.results.quiet) print_warning(recording->warning());
    if (!recording->notice().empty() && !settings.results.quiet) print_notice(recording->notice());
  }
  Results results{settings.results, plan};
  const runner::RunReport report = run_recorded(options, plan, results, recording ? &*recording : nullptr);
  results.conclude(report);
  if (recording) {
    tell_of_damage(recording->recorder());
    if (report.signal && !settings.results.quiet) {
      print_notice(fmt::format("run {} is recorded; --resume goes on with it", recording->run_id()));
    }
  }
  if (!report.signal && !report.output_closed) {
    if (tell_of_unread_inputs(plan, report)) return report.counters.added == 0 ? ExitCode::usage : ExitCode::failure;
    rethrow_source_error(report);
  }
  return exit_code(report);
}

}  // namespace mpr::app
