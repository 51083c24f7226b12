#include "cli/map.hpp"

#include <cstdlib>
#include <filesystem>
#include <memory>

#include "cli/map_job.hpp"
#include "cli/map_options.hpp"
#include "cli/output.hpp"
#include "cli/session.hpp"
#include "cli/usage_error.hpp"
#include "manifest/execution.hpp"
#include "manifest/job_tasks.hpp"
#include "manifest/shell_quote.hpp"
#include "os/poll_set.hpp"
#include "terminal/messages.hpp"

namespace mpr::app {
namespace {

ExitCode print_commands(runner::TaskSource& source) {
  Output out;
  runner::Inputs inputs;
  for (worker::TaskNumber number = 1;;) {
    const auto next = source.next(inputs);
    if (next == runner::TaskSource::Next::end) break;
    if (next == runner::TaskSource::Next::task) {
      out.print(manifest::shell_join(source.command(inputs, number++, 1).argv) + "\n");
    } else {
      out.flush();
      os::wait_until_readable(source.wait_fd());
    }
  }
  out.flush();
  return ExitCode::success;
}

/// Where `mpr map` records: only when it is asked to.
std::string store_path(const StoreSettings& settings) {
  if (settings.path) return *settings.path;
  if (!settings.resume) return {};
  const char* named = std::getenv("MPR_STORE");
  if (named && *named) return named;
  throw UsageError("--resume: which store is the run in?", "say --store FILE, or set MPR_STORE");
}

/// As what a run of this command is known: the command, before its inputs, and where it was given.
RecordAs record_of(const MapCommandLine& line) {
  RecordAs record;
  record.path = store_path(line.options.run.store);
  if (record.path.empty()) return record;
  record.directory = std::filesystem::current_path().string();
  const std::string command = line.options.script ? *line.options.script : manifest::shell_join(line.words.command);
  record.info.kind = store::RunKind::map;
  record.info.plan = record.directory + (line.options.script ? "\nsh -c " : "\n") + command;
  record.info.title = command;
  record.info.directory = record.directory;
  return record;
}

}  // namespace

ExitCode map_command(std::span<const std::string> words) {
  std::string help;
  const auto line = read_map_command_line(words, help);
  if (!line) {
    print_result(help);
    return ExitCode::success;
  }
  const os::SignalState started_with = os::SignalState::current();
  const MapOptions& options = line->options;
  const RunSettings& settings = options.run;
  runner::RunOptions run =
      run_options(settings.workers.value_or("auto"), settings.affinity.value_or(Affinity::automatic),
                  settings.max_failures, settings.results, started_with);
  const RecordAs record = record_of(*line);
  manifest::InputSource inputs = open_inputs(*line);
  const manifest::TaskTemplate tasks{compile_command(*line, inputs)};
  runner::Plan plan = runner::plan_of(std::make_unique<manifest::JobTasks>(std::move(inputs), tasks));
  runner::Job& job = plan.jobs.front();
  manifest::set_execution(job, options.executor, tasks);
  if (settings.dry_run) return print_commands(*job.source);
  job.policy.retry = {options.retries, options.retry_delay, 1};
  job.timeout = options.timeout;
  job.kill_after = options.kill_after;
  job.recycle_after = options.recycle_after;
  run.pool.isolated = place_for_workers(settings.isolate.value_or(manifest::Isolation::none));
  return carry_out(std::move(run), plan, settings, record);
}

}  // namespace mpr::app
