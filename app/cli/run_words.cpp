#include "cli/run_words.hpp"

#include <algorithm>
#include <charconv>

#include <CLI/CLI.hpp>

#include "cli/option_values.hpp"

namespace mpr::app {
namespace {

constexpr const char* kRunFooter =
    R"(The manifest says which jobs there are, what each runs, over which inputs, and what needs what; mpr schema prints its
format. Paths in it are taken from its own directory, and tasks run there. "-" reads it from standard input.

The run is recorded in .mpr/runs.db beside the manifest, or where --store or MPR_STORE says, unless --no-store is given.

Each task finds MPR_JOB, MPR_TASK, MPR_CPUS, MPR_SLOT, MPR_ATTEMPT and MPR_RUN in its environment, and for each supply
of pool.resources that it needs, such as gpu, which of them it was given: MPR_GPU=0,2.

Exit status: 0 all tasks succeeded; 1 at least one failed; 2 the command line or the manifest is wrong, nothing was run;
125 mpr itself failed; 128+N ended by signal N.

Examples:
  mpr run nightly.json
  mpr run nightly.json --resume --retry-failed
  mpr run nightly.json --only report --set jobs.measure.inputs.n=1..10
  mpr run nightly.json --shard 1/4)";

constexpr const char* kCheckFooter =
    R"(Reads the manifest as mpr run does, and prints its plan: jobs in the order in which they would begin, how many tasks each
has, what it waits for, and its first commands. Nothing is run. Exit status: 0, or 2 when something is wrong.)";

struct RawManifest {
  std::string path, shard;
  std::vector<std::string> sets, only;
};

void define_manifest(CLI::App& app, RawManifest& raw) {
  const std::string group = "Manifest";
  app.add_option("MANIFEST", raw.path, "The manifest's file")->type_name("");
  app.add_option("--set", raw.sets, "Change it before it is read: jobs.square.inputs.n=1..8, pool.workers=2")
      ->type_name("PATH=VALUE")
      ->expected(1)
      ->take_all()
      ->group(group);
  app.add_option("--only", raw.only, "Run this job, and those that it needs; may be given again")
      ->type_name("JOB")
      ->expected(1)
      ->take_all()
      ->group(group);
  app.add_option("--shard", raw.shard, "Run part K of N of the tasks, divided by what they run")
      ->type_name("K/N")
      ->group(group);
}

store::Shard parse_shard(const std::string& text) {
  const size_t slash = text.find('/');
  const auto number = [&](size_t begin, size_t end) {
    uint64_t value = 0;
    const auto [rest, error] = std::from_chars(text.data() + begin, text.data() + end, value);
    if (error != std::errc{} || rest != text.data() + end || value == 0) {
      throw UsageError("--shard: '" + text + "' is not K/N, part K of N parts");
    }
    return value;
  };
  const store::Shard shard{number(0, std::min(slash, text.size())),
                           slash == std::string::npos ? 0 : number(slash + 1, text.size())};
  if (shard.parts == 0) throw UsageError("--shard: '" + text + "' is not K/N, part K of N parts");
  if (shard.part > shard.parts) {
    throw UsageError("--shard: there is no part " + std::to_string(shard.part) + " of " + std::to_string(shard.parts));
  }
  return shard;
}

ManifestChoice choice_of(const RawManifest& raw, const std::string& command) {
  if (raw.path.empty()) throw UsageError("no manifest", "mpr " + command + " MANIFEST; mpr schema shows the format");
  ManifestChoice choice{raw.path, raw.sets, raw.only, std::nullopt};
  if (!raw.shard.empty()) choice.shard = parse_shard(raw.shard);
  return choice;
}

/// False when the words ask for help.
bool parse(CLI::App& app, std::span<const std::string> words, const std::string& command, std::string& help) {
  std::vector<std::string> reversed{words.rbegin(), words.rend()};
  try {
    app.parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    help = app.help();
    return false;
  } catch (const CLI::ParseError& error) {
    throw UsageError(error.what(), "mpr " + command + " --help lists all options");
  }
  return true;
}

void shape_help(CLI::App& app, const std::string& name, const char* footer) {
  app.name("mpr " + name);
  app.footer(footer);
  app.get_formatter()->column_width(32);
  app.set_help_flag("-h,--help", "This text");
}

}  // namespace

std::optional<RunCommandLine> read_run_command_line(std::span<const std::string> words, std::string& help) {
  CLI::App app{"Runs the jobs of a manifest, and prints what their tasks print, in order."};
  shape_help(app, "run", kRunFooter);
  RunCommandLine line;
  RawManifest manifest;
  RunSettingsWords settings;
  bool keep_going = false;
  define_manifest(app, manifest);
  settings.define(app);
  app.add_flag("--keep-going", keep_going, "Run what does not need a failed job (the default)")->group("Control");
  app.add_flag("--explain", line.explain, "Say of each task whether it would run, and why; run nothing")
      ->group("Record");
  if (!parse(app, words, "run", help)) return std::nullopt;
  line.manifest = choice_of(manifest, "run");
  line.settings = settings.settings(app);
  refuse_together(keep_going, line.settings.max_failures > 0, "--keep-going and --fail-fast or --max-failures");
  refuse_together(line.explain, line.settings.dry_run, "--explain and --dry-run");
  return line;
}

std::optional<RunCommandLine> read_check_command_line(std::span<const std::string> words, std::string& help) {
  CLI::App app{"Checks a manifest, and prints its plan."};
  shape_help(app, "check", kCheckFooter);
  RunCommandLine line;
  RawManifest manifest;
  define_manifest(app, manifest);
  if (!parse(app, words, "check", help)) return std::nullopt;
  line.manifest = choice_of(manifest, "check");
  return line;
}

}  // namespace mpr::app
