#include "cli/run_settings.hpp"

#include <CLI/CLI.hpp>

#include "cli/option_values.hpp"

namespace mpr::app {
namespace {

// What a flag of CLI11 that may have a value holds without one.
constexpr const char* kNoValue = "true";

bool given(const CLI::App& app, const char* name) {
  return app.get_option(name)->count() > 0;
}

}  // namespace

void RunSettingsWords::define(CLI::App& app) {
  define_output(app);
  define_control(app);
  define_store(app);
}

void RunSettingsWords::define_output(CLI::App& app) {
  const std::string group = "Output";
  app.add_flag("--unordered", unordered_, "Each task's output whole, as tasks end")->group(group);
  app.add_flag("--line-buffer", line_buffer_, "Line by line, as lines come")->group(group);
  app.add_flag("--tag", tag_, "Begin each line with the task's input and a tab")->group(group);
  app.add_flag("--json", json_, "One JSON object a task, one a line")->group(group);
  app.add_option("--progress", progress_, "A progress line on stderr: auto, always or never")
      ->type_name("WHEN")
      ->group(group);
  app.add_flag("-q,--quiet", quiet_, "No progress line, no digest of failures")->group(group);
  app.add_flag("-v,--verbose", verbose_, "Say what happens to each task; -vv: more")->group(group);
}

void RunSettingsWords::define_control(CLI::App& app) {
  const std::string group = "Control";
  app.add_option("-j,--workers", workers_, "Tasks at a time: N, N% of the CPUs, or auto (all; see mpr cpus)")
      ->type_name("N")
      ->group(group);
  app.add_option("--affinity", affinity_,
                 "Pin each worker to a core, a thread (a CPU), none, or auto: threads, if workers fill them")
      ->type_name("HOW")
      ->group(group);
  app.add_option("--isolate", isolate_,
                 "pid: keep tasks in a PID namespace, which leaves nothing of them, however mpr ends; or none")
      ->type_name("HOW")
      ->group(group);
  app.add_flag("--fail-fast", fail_fast_, "Stop at the first failed task, and end those that run")->group(group);
  app.add_option("--max-failures", max_failures_, "Stop like that once N tasks have failed")
      ->type_name("N")
      ->group(group);
  app.add_flag("--dry-run", dry_run_, "Print the commands; run nothing")->group(group);
}

void RunSettingsWords::define_store(CLI::App& app) {
  const std::string group = "Record";
  app.add_option("--store", store_, "Record the run in FILE, for --resume and for mpr runs, show and logs")
      ->type_name("FILE")
      ->group(group);
  app.add_flag("--no-store", no_store_, "Record nothing")->group(group);
  app.add_option(
         "--durability", durability_,
         "What a recorded result survives: the death of a process, or the loss of power, for a disk flush a commit")
      ->type_name("process|power")
      ->group(group);
  app.add_flag("--resume", resume_,
               "Go on with the newest run of its kind, or with --resume=RUN: what has finished is not run again")
      ->group(group);
  app.add_flag("--retry-failed", retry_failed_, "With --resume: what has failed is run again")->group(group);
}

StoreSettings RunSettingsWords::store_settings(const CLI::App& app) const {
  StoreSettings store;
  if (given(app, "--store")) {
    if (store_.empty()) throw UsageError("--store: a file's name is needed");
    store.path = store_;
  }
  store.none = no_store_;
  if (given(app, "--durability")) {
    store.durability = choose<store::Durability>(
        "--durability", durability_, {{"process", store::Durability::process}, {"power", store::Durability::power}});
  }
  store.resume = given(app, "--resume");
  if (resume_ != kNoValue) store.resumed_run = resume_;
  store.retry_failed = retry_failed_;
  return store;
}

void RunSettingsWords::refuse_contradictions(const CLI::App& app) const {
  refuse_together(fail_fast_, given(app, "--max-failures"), "--fail-fast and --max-failures");
  refuse_together(unordered_, line_buffer_, "--unordered and --line-buffer");
  refuse_together(json_, tag_, "--json and --tag");
  refuse_together(json_, line_buffer_, "--json and --line-buffer");
  refuse_together(quiet_, verbose_ > 0, "--quiet and --verbose");
  refuse_together(no_store_, given(app, "--store"), "--no-store and --store");
  refuse_together(no_store_, given(app, "--resume"), "--no-store and --resume");
  if (retry_failed_ && !given(app, "--resume")) {
    throw UsageError("--retry-failed says what --resume is to run again, and there is no --resume");
  }
}

RunSettings RunSettingsWords::settings(const CLI::App& app) const {
  refuse_contradictions(app);
  RunSettings settings;
  if (given(app, "--workers")) settings.workers = workers_;
  if (given(app, "--affinity")) settings.affinity = parse_affinity("--affinity", affinity_);
  if (given(app, "--isolate")) {
    settings.isolate = choose<manifest::Isolation>(
        "--isolate", isolate_, {{"pid", manifest::Isolation::pid}, {"none", manifest::Isolation::none}});
  }
  ResultOptions& results = settings.results;
  results.progress = choose<ProgressMode>(
      "--progress", progress_,
      {{"auto", ProgressMode::automatic}, {"always", ProgressMode::always}, {"never", ProgressMode::never}});
  results.quiet = quiet_;
  results.verbose = verbose_;
  if (unordered_) results.ordering = runner::Ordering::as_completed;
  if (line_buffer_) results.ordering = runner::Ordering::by_line;
  if (tag_) results.format = Format::tagged;
  if (json_) results.format = Format::json;
  if (given(app, "--max-failures")) {
    settings.max_failures = value_of("--max-failures", max_failures_, parse_count<uint64_t>);
    if (settings.max_failures == 0)
      throw UsageError("--max-failures: 0 failures are there before the first task",
                       "leave the option out for no limit");
  }
  if (fail_fast_) settings.max_failures = 1;
  settings.store = store_settings(app);
  settings.dry_run = dry_run_;
  return settings;
}

}  // namespace mpr::app
