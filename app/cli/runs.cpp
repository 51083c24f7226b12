// `mpr runs`: which runs there are, and fewer of them.
#include <charconv>

#include "cli/history.hpp"
#include "cli/history_options.hpp"
#include "cli/usage_error.hpp"
#include "history/run_table.hpp"
#include "manifest/duration.hpp"
#include "manifest/error.hpp"
#include "terminal/messages.hpp"
#include "terminal/terminal.hpp"

namespace mpr::app {
namespace {

constexpr const char* kFooter =
    R"(The newest run is the last line. A run is named by its id, by the beginning of it, or by `last`: see mpr show.
STATE: running, succeeded, failed, interrupted (by a signal, or because its mpr died), broken (mpr itself failed).

Examples:
  mpr runs
  mpr runs --json | jq -r 'select(.state == "failed") | .run'
  mpr runs --prune --keep 20
  mpr runs --prune --older-than 30d)";

struct RunsOptions {
  std::string store;
  bool json = false;
  bool prune = false;
  std::string keep, older_than;
};

uint64_t parse_keep(const std::string& text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{} && end == text.data() + text.size()) return number;
  throw UsageError("--keep: '" + text + "' is not a number from 0 up");
}

os::Duration parse_age(const std::string& text) {
  try {
    return manifest::parse_duration(text);
  } catch (const manifest::Error& error) {
    throw UsageError(std::string("--older-than: ") + error.what(), error.hint());
  }
}

store::PrunePolicy policy_of(const RunsOptions& options) {
  store::PrunePolicy policy;
  if (!options.keep.empty()) policy.keep = parse_keep(options.keep);
  if (!options.older_than.empty()) policy.older_than = parse_age(options.older_than);
  if (!policy.keep && !policy.older_than)
    throw UsageError("--prune needs to be told which runs to remove", "--keep N or --older-than TIME");
  return policy;
}

std::string counted_runs(uint64_t count) {
  return std::to_string(count) + (count == 1 ? " run" : " runs");
}

ExitCode prune(const RunsOptions& options) {
  const store::PrunePolicy policy = policy_of(options);
  // That there is one is looked at like everywhere else, before anything is made.
  (void)open_history(options.store);
  store::Store store = store::Store::open_existing_for_writing(history_path(options.store));
  const store::Pruned pruned = store.prune(policy, store::unix_now());
  std::string text = counted_runs(pruned.runs) + " removed";
  if (pruned.running > 0) text += "; " + counted_runs(pruned.running) + " left, as still being written";
  print_result(text + "\n");
  return ExitCode::success;
}

ExitCode list(const RunsOptions& options) {
  store::Store store = open_history(options.store);
  const std::vector<store::RunRecord> runs = store.runs();
  const store::UnixTime now = store::unix_now();
  if (options.json) {
    std::string lines;
    for (const store::RunRecord& run : runs) lines += run_json(run, now);
    print_result(lines);
  } else {
    print_result(run_table(runs, now, is_terminal(os::kStdout) ? terminal_width(os::kStdout) : 0));
    if (runs.empty()) print_warning("store '" + store.path() + "' holds no runs");
  }
  return ExitCode::success;
}

}  // namespace

ExitCode runs_command(std::span<const std::string> words) {
  RunsOptions options;
  CLI::App app{"Lists the runs that were recorded, the newest last.", "mpr runs"};
  define_history(app, options.store, kFooter);
  app.add_flag("--json", options.json, "One JSON object a run, one a line");
  app.add_flag("--prune", options.prune, "Remove runs instead, those that are running never");
  app.add_option("--keep", options.keep, "With --prune: not the newest N")->type_name("N");
  app.add_option("--older-than", options.older_than, "With --prune: only those that ended longer ago: 12h 30d")
      ->type_name("TIME");
  if (!parse_history(app, words)) return ExitCode::success;
  const bool policy = !options.keep.empty() || !options.older_than.empty();
  if (policy && !options.prune)
    throw UsageError("--keep and --older-than say what --prune removes", "add --prune to remove runs");
  if (options.json && options.prune) throw UsageError("--json and --prune cannot be used together");
  return options.prune ? prune(options) : list(options);
}

}  // namespace mpr::app
