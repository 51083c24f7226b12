#include "cli/map.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>

#include "cli/map_options.hpp"
#include "cli/output.hpp"
#include "cli/session.hpp"
#include "cli/usage_error.hpp"
#include "manifest/command_template.hpp"
#include "manifest/execution.hpp"
#include "manifest/job_tasks.hpp"
#include "manifest/shell_quote.hpp"
#include "os/poll_set.hpp"
#include "os/spawn.hpp"
#include "terminal/messages.hpp"

namespace mpr::app {
namespace {

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
  if (!line.options.run.dry_run) refuse_missing_program(line.words.command.front());
  return command;
}

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
  manifest::CommandTemplate command = compile_command(*line, inputs);
  manifest::TaskTemplate tasks{std::move(command)};
  runner::Job how;
  manifest::set_execution(how, options.executor, tasks);
  auto source = std::make_unique<manifest::JobTasks>(std::move(inputs), std::move(tasks));
  if (settings.dry_run) return print_commands(*source);
  how.source = std::move(source);
  runner::Plan plan;
  plan.jobs.push_back(std::move(how));
  runner::Job& job = plan.jobs.front();
  job.policy.retry = {options.retries, options.retry_delay, 1};
  job.timeout = options.timeout;
  job.kill_after = options.kill_after;
  job.recycle_after = options.recycle_after;
  return carry_out(std::move(run), plan, settings, record);
}

}  // namespace mpr::app
