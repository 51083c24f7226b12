#include "cli/plan_text.hpp"

#include <array>
#include <memory>

#include <fmt/format.h>

#include "manifest/duration.hpp"
#include "manifest/error.hpp"
#include "manifest/shell_quote.hpp"
#include "os/poll_set.hpp"

namespace mpr::app {
namespace {

constexpr uint64_t kFirstCommands = 3;

/// A job's tasks, or why they cannot be known before it runs.
struct Tasks {
  std::unique_ptr<runner::TaskSource> source;
  std::string unknown;
};

Tasks tasks_of(const runner::Plan& plan, size_t job) {
  Tasks tasks;
  std::string reads;
  try {
    tasks.source = plan.jobs[job].open([&](size_t other) {
      reads = plan.jobs[other].name;
      return "OUTPUT-OF-" + reads;
    });
  } catch (const manifest::Error& error) {
    if (plan.jobs[job].needs.empty()) throw;
    tasks.unknown = reads.empty() ? error.what() : "its inputs are what job '" + reads + "' will have written";
  }
  return tasks;
}

/// Calls `visit(command)` for each task.
template <class Visit>
void each_command(runner::TaskSource& source, size_t job, Visit visit) {
  runner::Inputs inputs;
  for (uint64_t place = 1;;) {
    switch (source.next(inputs)) {
      case runner::TaskSource::Next::task:
        visit(source.command(inputs, worker::task_number(job, place++), 1));
        break;
      case runner::TaskSource::Next::wait:
        os::wait_until_readable(source.wait_fd());
        break;
      case runner::TaskSource::Next::end:
        return;
    }
  }
}

std::string names_text(const runner::Plan& plan, const std::vector<size_t>& jobs) {
  std::string text;
  for (const size_t job : jobs) text += (text.empty() ? "" : ", ") + plan.jobs[job].name;
  return text;
}

std::string counted(uint64_t count, const std::string& what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string needs_text(const runner::Needs& needs, const runner::Supplies& supplies) {
  std::string text = needs.cpus > 1 ? fmt::format(", {} cpus", needs.cpus) : "";
  if (needs.memory > 0) text += fmt::format(", {} MiB of memory", (needs.memory + (1U << 20U) - 1) >> 20U);
  for (size_t supply = 0; supply < needs.named.size(); ++supply) {
    if (needs.named[supply] > 0) text += fmt::format(", {} {}", needs.named[supply], supplies.named[supply].name);
  }
  return text;
}

/// What differs from the ordinary.
std::string settings_text(const runner::Plan& plan, const runner::Job& job) {
  std::string text = needs_text(job.policy.needs, plan.supplies);
  if (job.timeout) text += ", timeout " + manifest::format_duration(*job.timeout);
  if (job.policy.retry.count > 0)
    text += fmt::format(", {} {}", job.policy.retry.count, job.policy.retry.count == 1 ? "retry" : "retries");
  if (job.policy.allow_failure) text += ", may fail";
  if (!job.shown) text += ", not printed";
  return text;
}

void print_job(const runner::Plan& plan, size_t job, const Print& print) {
  const runner::Job& its = plan.jobs[job];
  const Tasks tasks = tasks_of(plan, job);
  std::string commands;
  uint64_t count = 0;
  if (tasks.source) {
    each_command(*tasks.source, job, [&](const worker::Command& command) {
      if (++count <= kFirstCommands) commands += "    " + manifest::printable(command_text(command)) + "\n";
    });
  }
  if (count > kFirstCommands) commands += fmt::format("    ... and {} more\n", count - kFirstCommands);
  std::string text = fmt::format("\n{}: {}{}", its.name, tasks.source ? counted(count, "task") : "tasks not known yet",
                                 settings_text(plan, its));
  if (!its.needs.empty()) text += fmt::format("\n    needs {}", names_text(plan, its.needs));
  if (!tasks.unknown.empty()) text += "\n    " + manifest::printable(tasks.unknown);
  print(text + "\n" + commands);
}

}  // namespace

std::string command_text(const worker::Command& command) {
  std::string text;
  std::string unset;
  for (const std::string& variable : command.environment) {
    const size_t equals = variable.find('=');
    if (equals == std::string::npos) {
      unset += " -u " + manifest::shell_join(std::array{variable});
    } else {
      text += variable.substr(0, equals + 1) + manifest::shell_join(std::array{variable.substr(equals + 1)}) + " ";
    }
  }
  if (!unset.empty()) text = "env" + unset + " " + text;
  text += manifest::shell_join(command.argv);
  const auto path = [](const std::string& of) { return manifest::shell_join(std::array{of}); };
  if (command.input.kind == worker::Input::Kind::text) {
    text = "printf %s " + path(command.input.value) + " | " + text;
  }
  if (command.input.kind == worker::Input::Kind::file) text += " < " + path(command.input.value);
  if (command.output.kind == worker::Output::Kind::discarded) text += " > /dev/null";
  if (command.output.kind == worker::Output::Kind::file) text += " > " + path(command.output.path);
  if (!command.directory.empty()) text = "(cd " + path(command.directory) + " && " + text + ")";
  return text;
}

void print_commands(runner::Plan& plan, const Print& print) {
  for (size_t job = 0; job < plan.jobs.size(); ++job) {
    const Tasks tasks = tasks_of(plan, job);
    if (tasks.source) {
      each_command(*tasks.source, job, [&](const worker::Command& command) { print(command_text(command) + "\n"); });
    } else {
      print("# " + manifest::printable(plan.jobs[job].name + ": " + tasks.unknown) + "\n");
    }
  }
}

void print_plan(runner::Plan& plan, const std::string& name, unsigned workers, const Print& print) {
  print(fmt::format("{}: {}, {}\n", manifest::printable(name), counted(plan.jobs.size(), "job"),
                    counted(workers, "worker")));
  for (size_t job = 0; job < plan.jobs.size(); ++job) print_job(plan, job, print);
}

}  // namespace mpr::app
