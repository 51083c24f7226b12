#include "cli/map_job.hpp"

#include <unistd.h>

#include <system_error>

#include "cli/usage_error.hpp"
#include "manifest/shell_quote.hpp"
#include "os/spawn.hpp"

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

}  // namespace

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

}  // namespace mpr::app
