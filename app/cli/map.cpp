#include "cli/map.hpp"

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <iterator>
#include <random>

#include <fmt/format.h>

#include "cli/map_options.hpp"
#include "cli/usage_error.hpp"
#include "manifest/command_template.hpp"
#include "manifest/error.hpp"
#include "manifest/job_tasks.hpp"
#include "manifest/shell_quote.hpp"
#include "manifest/worker_count.hpp"
#include "os/cpu_budget.hpp"
#include "os/cpu_topology.hpp"
#include "os/limits.hpp"
#include "os/output_stream.hpp"
#include "os/poll_set.hpp"
#include "os/spawn.hpp"
#include "os/temporary_file.hpp"
#include "runner/error.hpp"
#include "runner/run.hpp"
#include "terminal/results.hpp"

namespace mpr::app {
namespace {

/// Unique enough to tell runs apart, and ordered by time for people: 20261122T215301-1f3a9c.
std::string new_run_id() {
  const auto now = std::chrono::system_clock::now();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  char when[sizeof "20261122T215301"];
  (void)std::strftime(when, sizeof when, "%Y%m%dT%H%M%S", &utc);
  return fmt::format("{}-{:06x}", when, std::random_device{}() & 0xffffffU);
}

manifest::InputGroup group_of(const InputWords& input) {
  manifest::InputGroup group;
  switch (input.kind) {
    case InputWords::Kind::specs:
      group = manifest::specs_group(input.words);
      break;
    case InputWords::Kind::values:
      group = manifest::values_group(input.words);
      break;
    case InputWords::Kind::files:
      group = manifest::files_group(input.words);
      break;
  }
  group.linked = input.linked;
  return group;
}

manifest::InputSource open_inputs(const MapCommandLine& line) {
  std::vector<manifest::InputGroup> groups;
  for (const InputWords& input : line.words.inputs) {
    groups.push_back(group_of(input));
    if (line.options.link && groups.size() > 1) groups.back().linked = true;
  }
  manifest::InputSource::Options options;
  if (line.options.null_separated) options.separator = '\0';
  return {std::move(groups), options};
}

void refuse_missing_program(const std::string& program) {
  // With a placeholder in it, each task has a program of its own.
  if (program.find('{') != std::string::npos) return;
  const os::ProgramSearch found = os::find_program(program);
  if (found.error == 0) return;
  const bool searched = program.find('/') == std::string::npos;
  const bool here = found.error == ENOENT && searched && ::access(program.c_str(), X_OK) == 0;
  throw UsageError("cannot run '" + manifest::printable(program) + "': " +
                       (found.error == ENOENT && searched ? "no such program in PATH"
                                                          : std::generic_category().message(found.error)),
                   here ? "there is one in this directory: './" + program + "'" : "");
}

manifest::CommandTemplate compile_command(const MapCommandLine& line, const manifest::InputSource& inputs) {
  if (line.options.script) {
    if (!line.words.command.empty()) {
      throw UsageError("'" + line.words.command.front() + "' cannot follow --shell: the script is the whole command");
    }
    return manifest::CommandTemplate::shell(*line.options.script, inputs.group_names());
  }
  require_command(line.words);
  auto command = manifest::CommandTemplate::words(line.words.command, inputs.group_names());
  if (!line.options.dry_run) refuse_missing_program(line.words.command.front());
  return command;
}

void write_and_wait(os::OutputStream& out) {
  for (out.flush(); out.unsent() > 0; out.flush()) os::wait_until_writable(out.fd());
}

ExitCode print_commands(runner::TaskSource& plan) {
  constexpr size_t kBatchBytes = 64 * 1024;
  os::OutputStream out{os::kStdout};
  runner::Inputs inputs;
  for (worker::TaskNumber number = 1;;) {
    const auto next = plan.next(inputs);
    if (next == runner::TaskSource::Next::end) break;
    if (next == runner::TaskSource::Next::task) {
      out.append(manifest::shell_join(plan.command(inputs, number++, 1).argv) + "\n");
    } else {
      os::wait_until_readable(plan.wait_fd());
    }
    if (out.unsent() >= kBatchBytes || next == runner::TaskSource::Next::wait) write_and_wait(out);
  }
  write_and_wait(out);
  return ExitCode::success;
}

runner::RunOptions run_options(const MapOptions& options, const os::SignalState& started_with) {
  const os::RealSystemFiles files;
  const os::CpuSet allowed = os::allowed_cpus();
  const unsigned budget = os::cpu_budget(files, allowed.size()).workers;
  runner::RunOptions run;
  const unsigned workers = manifest::parse_worker_count(options.workers, budget);
  run.max_failures = options.max_failures;
  run.ordering = options.results.ordering;
  run.spill_directory = os::temporary_directory();
  run.pool.workers = workers;
  if (options.affinity != Affinity::none) {
    const auto topology = os::CpuTopology::read(files, allowed);
    run.pool.affinity = plan_affinity(options.affinity, workers, topology, budget);
  }
  run.pool.worker.run_id = new_run_id();
  run.pool.worker.signals = started_with;
  run.pool.worker.open_files = os::raise_open_files_limit();
  return run;
}

/// Inputs that could not be read to their end. What was run was run: then it is not the usage alone that failed.
void rethrow_source_error(const runner::RunReport& report) {
  try {
    if (report.source_error) std::rethrow_exception(report.source_error);
  } catch (const manifest::Error& error) {
    if (report.counters.added == 0) throw;
    throw runner::RunError(error.what(), error.hint());
  }
}

ExitCode exit_code(const runner::RunReport& report) {
  if (report.signal) os::die_by_signal(*report.signal);
  if (report.output_closed) os::die_by_signal(SIGPIPE);
  return report.counters.failed > 0 ? ExitCode::task_failed : ExitCode::success;
}

}  // namespace

ExitCode map_command(std::span<const std::string> words) {
  std::string help;
  const auto line = read_map_command_line(words, help);
  if (!line) {
    os::OutputStream out{os::kStdout};
    out.append(help);
    write_and_wait(out);
    return ExitCode::success;
  }
  const os::SignalState started_with = os::SignalState::current();
  const runner::RunOptions options = run_options(line->options, started_with);
  manifest::InputSource inputs = open_inputs(*line);
  manifest::CommandTemplate command = compile_command(*line, inputs);
  auto source = std::make_unique<manifest::JobTasks>(std::move(inputs), manifest::TaskTemplate{std::move(command)});
  if (line->options.dry_run) return print_commands(*source);
  runner::Plan plan = runner::plan_of(std::move(source));
  runner::Job& job = plan.jobs.front();
  job.policy.retry = {line->options.retries, line->options.retry_delay, 1};
  job.timeout = line->options.timeout;
  job.kill_after = line->options.kill_after;
  Results results{line->options.results, plan};
  const runner::RunReport report = runner::run(options, plan, results);
  results.conclude(report);
  if (!report.signal && !report.output_closed) rethrow_source_error(report);
  return exit_code(report);
}

}  // namespace mpr::app
