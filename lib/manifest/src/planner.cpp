#include "manifest/planner.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "manifest/error.hpp"
#include "manifest/execution.hpp"
#include "manifest/glob.hpp"
#include "manifest/job_tasks.hpp"
#include "manifest/nearest_name.hpp"
#include "os/memory.hpp"

namespace mpr::manifest {
namespace {

using runner::GatheredOutput;

// Each may hold a file open until its turn comes.
constexpr size_t kMostOpened = 64;

/// A job of the manifest that knows its sources by their places in the plan.
struct PlannedJob {
  Job job;
  std::map<JobIndex, size_t> places;

  [[nodiscard]] std::string gathered(const GatheredOutput& outputs, JobIndex from) const {
    return outputs(places.at(from));
  }
};

/// Takes the values out of `inputs`: there may be a million.
InputGroup group_of(JobInputs& inputs, const PlannedJob& planned, const GatheredOutput& outputs) {
  InputGroup group{inputs.name, inputs.linked, {}};
  if (auto* values = std::get_if<std::vector<std::string>>(&inputs.inputs)) {
    group.specs.emplace_back(std::move(*values));
  } else if (auto* specs = std::get_if<std::vector<InputSpec>>(&inputs.inputs)) {
    group.specs = std::move(*specs);
  } else if (const auto* globs = std::get_if<Globs>(&inputs.inputs)) {
    for (const std::string& pattern : globs->patterns) {
      group.specs.emplace_back(files_like(pattern));
    }
  } else {
    group.specs.emplace_back(LinesOf{planned.gathered(outputs, std::get<OutputOf>(inputs.inputs).job)});
  }
  return group;
}

std::vector<std::string> names_of(const Job& job) {
  std::vector<std::string> names;
  for (const JobInputs& inputs : job.groups) names.push_back(inputs.name);
  return names;
}

/// Finds what another job has printed, by its index in the manifest.
using OutputOfJob = std::function<std::string(JobIndex)>;

void set_input(TaskTemplate& task, const JobStdin& from, const OutputOfJob& output_of,
               const std::vector<std::string>& names) {
  const auto literal = [&](const std::string& text) { return TemplateWord::literal(text); };
  if (const auto* text = std::get_if<StdinText>(&from)) {
    task.input = worker::Input::Kind::text;
    task.input_value = literal(text->text);
  } else if (const auto* file = std::get_if<StdinFile>(&from)) {
    task.input = worker::Input::Kind::file;
    task.input_value = TemplateWord(file->path, names);
  } else if (const auto* output = std::get_if<StdinOutput>(&from)) {
    task.input = worker::Input::Kind::file;
    task.input_value = literal(output_of(output->job));
  }
}

void set_output(TaskTemplate& task, const JobCapture& capture, const std::vector<std::string>& names) {
  if (capture.to == CaptureTo::discard) task.output = worker::Output::Kind::discarded;
  if (capture.to != CaptureTo::file) return;
  task.output = worker::Output::Kind::file;
  task.output_path = TemplateWord(capture.file, names);
}

TaskTemplate template_of(const Job& job, const OutputOfJob& output_of) {
  const std::vector<std::string> names = names_of(job);
  const auto* script = std::get_if<std::string>(&job.command);
  TaskTemplate task{script ? CommandTemplate::shell(*script, names)
                           : CommandTemplate::words(std::get<std::vector<std::string>>(job.command), names)};
  for (const auto& [name, value] : job.env) {
    task.environment.push_back({name, value ? std::optional(TemplateWord(*value, names)) : std::nullopt});
  }
  if (!job.cwd.empty()) task.directory = TemplateWord(job.cwd, names);
  set_input(task, job.stdin_from, output_of, names);
  set_output(task, job.capture, names);
  return task;
}

JobTasks::LeaveOut leave_out(std::vector<Exclusion> exclusions) {
  if (exclusions.empty()) return {};
  return [exclusions = std::move(exclusions)](const runner::Inputs& row) {
    return std::any_of(exclusions.begin(), exclusions.end(), [&](const Exclusion& exclusion) {
      return std::all_of(exclusion.begin(), exclusion.end(),
                         [&](const ExcludedValue& value) { return row[value.group] == value.value; });
    });
  };
}

std::unique_ptr<runner::TaskSource> open(PlannedJob& planned, const GatheredOutput& outputs) {
  std::optional<InputSource> inputs;
  if (!planned.job.groups.empty()) {
    std::vector<InputGroup> groups;
    for (JobInputs& group : planned.job.groups) groups.push_back(group_of(group, planned, outputs));
    inputs.emplace(std::move(groups), InputSource::Options{});
  }
  const auto output_of = [&](JobIndex other) { return planned.gathered(outputs, other); };
  return std::make_unique<JobTasks>(std::move(inputs), template_of(planned.job, output_of),
                                    leave_out(planned.job.exclusions));
}

runner::Needs needs_of(const JobResources& resources, const runner::Supplies& supplies) {
  runner::Needs needs;
  needs.cpus = resources.cpus;
  needs.memory = resources.memory.value_or(0);
  needs.named.assign(supplies.named.size(), 0);
  for (const NamedCount& wanted : resources.named) {
    for (size_t supply = 0; supply < supplies.named.size(); ++supply) {
      if (supplies.named[supply].name == wanted.name) needs.named[supply] = static_cast<unsigned>(wanted.count);
    }
  }
  return needs;
}

runner::Supplies supplies_of(const Manifest& manifest) {
  runner::Supplies supplies;
  supplies.memory = manifest.pool.memory.value_or(os::total_memory());
  for (const NamedCount& supply : manifest.pool.resources) {
    supplies.named.push_back({supply.name, static_cast<unsigned>(supply.count)});
  }
  return supplies;
}

/// What could never be had would be waited for for ever.
void refuse_impossible(const Job& job, const PlanChoice& choice, const runner::Supplies& supplies) {
  if (job.resources.cpus > choice.workers) {
    throw Error("job '" + job.name + "' needs " + std::to_string(job.resources.cpus) + " cpus, and there are " +
                    std::to_string(choice.workers) + " workers",
                "more workers than CPUs can be asked for: -j" + std::to_string(job.resources.cpus));
  }
  if (job.resources.memory.value_or(0) > supplies.memory) {
    throw Error("job '" + job.name + "' needs " + std::to_string(*job.resources.memory) +
                    " bytes of memory, and there are " + std::to_string(supplies.memory),
                "pool.resources.memory says how much there is");
  }
}

JobIndex job_named(const Manifest& manifest, const std::string& name) {
  NearestName nearest(name);
  for (JobIndex job = 0; job < manifest.jobs.size(); ++job) {
    if (manifest.jobs[job].name == name) return job;
    nearest.consider(manifest.jobs[job].name);
  }
  throw Error("there is no job '" + name + "'", nearest.hint());
}

/// Which jobs are wanted: all, or those named and what they need.
std::vector<bool> wanted_jobs(const Manifest& manifest, const std::vector<std::string>& only) {
  const size_t count = manifest.jobs.size();
  if (only.empty()) return std::vector<bool>(count, true);
  std::vector<bool> wanted(count, false);
  for (const std::string& name : only) wanted[job_named(manifest, name)] = true;
  const std::vector<JobIndex> order = needs_first(manifest.jobs);
  for (auto job = order.rbegin(); job != order.rend(); ++job) {
    if (!wanted[*job]) continue;
    for (const JobIndex needed : manifest.jobs[*job].needs) wanted[needed] = true;
  }
  return wanted;
}

/// What the job runs is known before what the jobs before it will have printed.
void set_execution_of(runner::Job& planned, const Job& job) try {
  set_execution(planned, job.executor, template_of(job, [](JobIndex) { return std::string(); }));
} catch (const Error& error) {
  throw Error("job '" + job.name + "': " + error.what(), error.hint());
}

std::vector<JobIndex> jobs_read_by(const Job& job) {
  std::vector<JobIndex> read;
  for (const JobInputs& group : job.groups) {
    if (const auto* output = std::get_if<OutputOf>(&group.inputs)) read.push_back(output->job);
  }
  if (const auto* output = std::get_if<StdinOutput>(&job.stdin_from)) read.push_back(output->job);
  return read;
}

}  // namespace

runner::Plan plan_of(Manifest& manifest, const PlanChoice& choice) {
  runner::Plan plan;
  plan.supplies = supplies_of(manifest);
  const std::vector<bool> wanted = wanted_jobs(manifest, choice.only);
  std::map<JobIndex, size_t> places;
  for (const JobIndex index : needs_first(manifest.jobs)) {
    if (!wanted[index]) continue;
    Job& job = manifest.jobs[index];
    refuse_impossible(job, choice, plan.supplies);
    places[index] = plan.jobs.size();
    runner::Job& planned = plan.jobs.emplace_back();
    planned.name = job.name;
    planned.policy.retry = {job.retries.count, job.retries.delay, job.retries.backoff};
    planned.policy.success_codes = job.success_codes;
    planned.policy.allow_failure = job.allow_failure;
    planned.policy.needs = needs_of(job.resources, plan.supplies);
    planned.timeout = job.timeout;
    if (job.kill_after) planned.kill_after = *job.kill_after;
    planned.has_inputs = !job.groups.empty();
    planned.shown = job.capture.to == CaptureTo::print;
    for (const JobIndex needed : job.needs) planned.needs.push_back(places.at(needed));
    std::map<JobIndex, size_t> reads;
    for (const JobIndex read : jobs_read_by(job)) {
      reads[read] = places.at(read);
      plan.jobs[reads[read]].is_read = true;
    }
    planned.recycle_after = job.recycle_after;
    set_execution_of(planned, job);
    auto kept = std::make_shared<PlannedJob>(PlannedJob{std::move(job), std::move(reads)});
    planned.open = [kept](const GatheredOutput& outputs) { return open(*kept, outputs); };
  }
  return plan;
}

void open_first_jobs(runner::Plan& plan) {
  size_t opened = 0;
  for (runner::Job& job : plan.jobs) {
    if (!job.needs.empty() || opened++ >= kMostOpened) continue;
    try {
      job.source = job.open({});
    } catch (const Error& error) {
      throw Error("job '" + job.name + "': " + error.what(), error.hint());
    }
  }
}

}  // namespace mpr::manifest
