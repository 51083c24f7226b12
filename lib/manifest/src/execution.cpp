#include "manifest/execution.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include "manifest/error.hpp"
#include "manifest/manifest_keys.hpp"
#include "manifest/shell_quote.hpp"
#include "os/spawn.hpp"
#include "worker/fork_server_fit.hpp"
#include "worker/job_program.hpp"

namespace mpr::manifest {
namespace {

using worker::ExecutorKind;

bool is_constant(const std::optional<TemplateWord>& word) {
  return !word || word->is_constant();
}

/// What keeps one process from running all tasks; empty: nothing.
std::string why_not_one_process(const TaskTemplate& tasks) {
  const bool same_environment = std::all_of(tasks.environment.begin(), tasks.environment.end(),
                                            [](const auto& variable) { return is_constant(variable.value); });
  if (!same_environment) return "the environment of its tasks differs";
  if (!is_constant(tasks.directory)) return "the directory of its tasks differs";
  if (tasks.input != worker::Input::Kind::nothing) return "its tasks have a standard input of their own";
  if (tasks.output != worker::Output::Kind::gathered) return "the output of its tasks goes elsewhere";
  if (tasks.command.is_script()) return "it is a script, of which each task has its own";
  if (tasks.command.constant_words() == 0) return "its command begins with an input";
  return {};
}

/// The file of a program that is the same for all tasks.
std::optional<std::string> program_of(const TaskTemplate& tasks) {
  const auto sets_path = [](const auto& variable) { return variable.name == "PATH"; };
  if (tasks.command.constant_words() == 0 || !is_constant(tasks.directory)) return std::nullopt;
  if (std::any_of(tasks.environment.begin(), tasks.environment.end(), sets_path)) return std::nullopt;
  const std::string directory = tasks.directory ? tasks.directory->expand({{}, 1, 1}) : "";
  const os::ProgramSearch found = os::find_program(tasks.command.program(), directory);
  if (found.error != 0) return std::nullopt;
  return worker::seen_from(directory, found.path);
}

void stay(runner::Job& job, ExecutorKind kind, size_t process_words) {
  job.executor = kind;
  job.process_words = process_words;
  job.policy.puts_together = true;
}

void set_persistent(runner::Job& job, ExecutorChoice choice, const TaskTemplate& tasks) {
  const auto refuse = [&](const std::string& why, const std::string& hint = {}) {
    throw Error(
        "the executor '" + std::string(kExecutors[static_cast<size_t>(choice)]) + "' cannot run this command: " + why,
        hint);
  };
  if (const std::string why = why_not_one_process(tasks); !why.empty()) refuse(why);
  if (choice != ExecutorChoice::persistent) {
    const auto kind = choice == ExecutorChoice::lines ? ExecutorKind::lines : ExecutorKind::json;
    if (!tasks.command.asks_beyond(tasks.command.constant_words())) {
      refuse("there is nothing to ask", "each task needs an input");
    }
    return stay(job, kind, tasks.command.constant_words());
  }
  const auto program = program_of(tasks);
  if (program && !worker::is_job_program(*program)) {
    refuse("'" + printable(*program) + "' is not made with MPR_JOB", "lines and json are for other programs that stay");
  }
  if (!tasks.command.asks_beyond(1)) refuse("there are no words behind the program");
  stay(job, ExecutorKind::persistent, 1);
}

void set_fork_server(runner::Job& job, const TaskTemplate& tasks) {
  job.executor = ExecutorKind::fork_server;
  const auto program = program_of(tasks);
  if (!program) return;  // each task tells for itself
  if (const auto why = worker::why_not_fork_server(*program)) {
    throw Error("the executor 'fork-server' cannot run '" + printable(*program) + "': " + *why, "exec can run it");
  }
}

}  // namespace

void set_execution(runner::Job& job, ExecutorChoice choice, const TaskTemplate& tasks) {
  switch (choice) {
    case ExecutorChoice::automatic: {
      const bool may_stay = why_not_one_process(tasks).empty() && tasks.command.asks_beyond(1);
      const auto program = may_stay ? program_of(tasks) : std::nullopt;
      if (program && worker::is_job_program(*program)) stay(job, ExecutorKind::persistent, 1);
      return;
    }
    case ExecutorChoice::exec:
      return;
    case ExecutorChoice::fork_server:
      return set_fork_server(job, tasks);
    case ExecutorChoice::persistent:
    case ExecutorChoice::lines:
    case ExecutorChoice::json:
      return set_persistent(job, choice, tasks);
  }
}

}  // namespace mpr::manifest
