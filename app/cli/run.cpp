#include "cli/run.hpp"

#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>

#include "cli/explain.hpp"
#include "cli/output.hpp"
#include "cli/plan_text.hpp"
#include "cli/run_words.hpp"
#include "cli/session.hpp"
#include "cli/usage_error.hpp"
#include "manifest/manifest.hpp"
#include "manifest/planner.hpp"
#include "manifest/schema.hpp"
#include "os/io.hpp"
#include "terminal/messages.hpp"

namespace mpr::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* kStoreBesideManifest = ".mpr/runs.db";

std::string read_standard_input() {
  std::string text;
  std::vector<std::byte> piece(64 * 1024);
  for (os::IoResult got; (got = os::read_some(os::kStdin, piece)).state == os::IoState::done;) {
    text.append(reinterpret_cast<const char*>(piece.data()), got.bytes);
  }
  return text;
}

manifest::Manifest read(const ManifestChoice& choice) {
  if (choice.path == "-") return manifest::parse_manifest(read_standard_input(), "stdin.json", choice.sets);
  return manifest::read_manifest(choice.path, choice.sets);
}

/// A path on the command line is seen from where mpr was started, which it leaves for the manifest's directory.
std::string from_here(const std::string& path) {
  const fs::path normal = fs::absolute(path).lexically_normal();
  return (normal.has_filename() ? normal : normal.parent_path()).string();
}

std::string store_path(const StoreSettings& settings, const std::string& manifest_directory) {
  if (settings.none) return {};
  if (settings.path) return from_here(*settings.path);
  const char* named = std::getenv("MPR_STORE");
  if (named && *named) return from_here(named);
  return (fs::path(from_here(manifest_directory)) / kStoreBesideManifest).string();
}

/// A plan, and all that the commands around it want to know.
struct Planned {
  std::string name;
  runner::RunOptions options;
  runner::Plan plan;
  RecordAs record;
  manifest::Isolation isolation = manifest::Isolation::none;
};

void leave_out_other_shards(Planned& planned, store::Shard shard) {
  for (const std::string& name : store::shard_plan(planned.plan, shard)) {
    print_notice(fmt::format("job '{}' is left out: it needs what all parts have done", name));
  }
}

Planned plan_run(const RunCommandLine& line) {
  const os::SignalState started_with = os::SignalState::current();
  Planned planned;
  manifest::Manifest manifest = read(line.manifest);
  planned.name = manifest.name;
  const manifest::PoolSettings& pool = manifest.pool;
  const RunSettings& settings = line.settings;
  planned.options = run_options(settings.workers.value_or(pool.workers.value_or("auto")),
                                settings.affinity.value_or(pool.affinity.value_or(Affinity::automatic)),
                                settings.max_failures, settings.results, started_with);
  planned.isolation = settings.isolate.value_or(pool.isolate.value_or(manifest::Isolation::none));
  const std::string directory = line.manifest.path == "-" ? "." : manifest.directory;
  planned.record.path = store_path(settings.store, directory);
  planned.record.info.kind = store::RunKind::run;
  planned.record.info.plan = line.manifest.path == "-" ? "-" : from_here(line.manifest.path);
  planned.record.info.title = planned.name;
  planned.record.info.directory = from_here(directory);
  fs::current_path(from_here(directory));
  planned.plan = manifest::plan_of(manifest, {.only = line.manifest.only, .workers = planned.options.pool.workers});
  if (line.manifest.shard) leave_out_other_shards(planned, *line.manifest.shard);
  return planned;
}

}  // namespace

ExitCode run_command(std::span<const std::string> words) {
  std::string help;
  const auto line = read_run_command_line(words, help);
  if (!line) {
    print_result(help);
    return ExitCode::success;
  }
  Planned planned = plan_run(*line);
  Output out;
  const auto print = [&](std::string_view text) { out.print(text); };
  if (line->settings.dry_run) {
    print_commands(planned.plan, print);
    out.flush();
    return ExitCode::success;
  }
  if (line->explain) {
    explain(planned.plan, line->settings.store, planned.record, print);
    out.flush();
    return ExitCode::success;
  }
  manifest::open_first_jobs(planned.plan);
  planned.options.pool.isolated = place_for_workers(planned.isolation);
  return carry_out(std::move(planned.options), planned.plan, line->settings, planned.record);
}

ExitCode check_command(std::span<const std::string> words) {
  std::string help;
  const auto line = read_check_command_line(words, help);
  if (!line) {
    print_result(help);
    return ExitCode::success;
  }
  Planned planned = plan_run(*line);
  Output out;
  print_plan(planned.plan, planned.name, planned.options.pool.workers, [&](std::string_view text) { out.print(text); });
  out.flush();
  return ExitCode::success;
}

ExitCode schema_command(std::span<const std::string> words) {
  if (!words.empty()) throw UsageError("mpr schema takes no words, but was given '" + words.front() + "'");
  print_result(manifest::manifest_schema());
  return ExitCode::success;
}

}  // namespace mpr::app
