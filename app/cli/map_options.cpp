#include "cli/map_options.hpp"

#include <CLI/CLI.hpp>

#include "cli/option_values.hpp"
#include "cli/usage_error.hpp"
#include "manifest/duration.hpp"

namespace mpr::app {
namespace {

constexpr const char* kUsage =
    R"(
Usage: mpr map [OPTIONS] COMMAND [ARG...] [--inputs SPEC... | ::: VALUE... | :::: FILE...]... [OPTIONS]
       mpr map [OPTIONS] --inputs SPEC... -- COMMAND [ARG...]
)";

constexpr const char* kProbeUsage = R"(
Usage: mpr probe [OPTIONS] COMMAND [ARG...] [--inputs SPEC... | ::: VALUE... | :::: FILE...]... [OPTIONS]
)";

constexpr const char* kFooter = R"(Inputs (without any: the lines of standard input):
  --inputs SPEC...   1..4  001..100  10..1  0..100..5  a..e  plain values  @file (its lines)  @- (standard input);
                     name=SPEC names the group. Several groups: each value with each, the last varying fastest
  ::: VALUE...       values taken as they are         :::: FILE...   the lines of files
  :::+  ::::+        the same, advancing together with the group before

In COMMAND (without any of these, the input is appended):
  {}  the input      {.}  without extension     {/}  base name     {//}  directory     {/.}  base name without extension
  {1} {2} {name}     one group's input, also {1.} {name/} ...      {#}  task number    {%}  slot
  {{ and }} are braces. The command is executed directly, without a shell; see --shell.

Executors (mpr probe compares them):
  exec          a process for each task
  fork-server   a fork of a process that has the program loaded, but has not begun
  persistent    a call in a process that stays: programs made with MPR_JOB
  lines, json   a line, or a request of Bazel's JSON worker protocol, to a process that stays. It is started with the
                words before the first placeholder, and asked the others

Each task finds MPR_TASK, MPR_SLOT, MPR_ATTEMPT and MPR_RUN in its environment, and nothing on its standard input.

Exit status: 0 all tasks succeeded; 1 at least one failed; 2 wrong usage, nothing was run; 125 mpr itself failed;
128+N ended by signal N.

Examples:
  mpr map ./square --inputs 1..4
  ls *.jpg | mpr map convert {} -resize 50% small/{/}
  find . -name '*.log' -print0 | mpr map -0 gzip -9
  mpr map --shell 'sort {} | uniq -c > {.}.counts' ::: *.txt
  mpr map --tag --timeout 10s ping -c1 :::: hosts.txt
  mpr map ./simulate --seed {seed} --size {size} --inputs seed=1..10 --inputs size=100 1000
  mpr map --json ./measure --inputs 1..100 | jq 'select(.exit_status != 0) | .task')";

constexpr const char* kProbeFooter =
    R"(Inputs and placeholders are those of mpr map, as are all options; those about output, records, retries, isolation and
executors have no effect here.
The command is run several times for each of the first 100 inputs: it must be one that may be.

Exit status: 0 all executors did the same; 1 one did not; 2 wrong usage, nothing was run; 125 mpr itself failed.

Example:
  mpr probe jq .name --inputs *.json)";

/// CLI11 would describe the options alone; the words around them are read by split_map_words.
class HelpFormatter final : public CLI::Formatter {
 public:
  explicit HelpFormatter(const char* usage) : usage_(usage) {}
  [[nodiscard]] std::string make_usage(const CLI::App*, std::string) const override { return usage_; }

 private:
  const char* usage_;
};

/// The options as CLI11 reads them, before their values are checked.
struct RawOptions {
  RunSettingsWords run;
  std::string timeout, kill_after, retries, retry_delay, script, executor, recycle_after;
};

void define(CLI::App& app, const MapTexts& texts, RawOptions& raw, MapOptions& options) {
  app.formatter(std::make_shared<HelpFormatter>(texts.usage));
  app.footer(texts.footer);
  app.get_formatter()->column_width(32);
  app.set_help_flag("-h,--help", "This text");
  raw.run.define(app);

  const std::string tasks = "Tasks";
  app.add_option("--timeout", raw.timeout, "End a task that takes longer: 250ms 30s 5m 1h30m")
      ->type_name("TIME")
      ->group(tasks);
  app.add_option("--kill-after", raw.kill_after, "From SIGTERM to SIGKILL, when a task is ended (5s)")
      ->type_name("TIME")
      ->group(tasks);
  app.add_option("--retries", raw.retries, "Try a failed task again, up to N times")->type_name("N")->group(tasks);
  app.add_option("--retry-delay", raw.retry_delay, "Wait before trying again")->type_name("TIME")->group(tasks);
  app.add_option(
         "--executor", raw.executor,
         "How tasks are run: exec, fork-server, persistent, lines, json, or auto: persistent if COMMAND is made "
         "with MPR_JOB, else exec")
      ->type_name("HOW")
      ->group(tasks);
  app.add_option("--recycle-after", raw.recycle_after, "Replace a process that stays after N tasks")
      ->type_name("N")
      ->group(tasks);

  const std::string command = "Inputs and command";
  app.add_flag("--link", options.link, "Several groups: first with first, second with second, ...")->group(command);
  app.add_flag("-0,--null", options.null_separated, "Inputs read from files end in NUL, not in newline")
      ->group(command);
  app.add_option("--shell", raw.script, "Run SCRIPT with sh -c for each task; inputs in it are quoted")
      ->type_name("SCRIPT")
      ->group(command);
}

/// Says of an option word whether its value is the word after it; refuses options that there are not.
bool takes_next_word(const CLI::App& app, std::string_view word) {
  const bool is_long = word.starts_with("--");
  const std::string name{is_long ? word.substr(0, word.find('=')) : word.substr(0, 2)};
  const CLI::Option* option = app.get_option_no_throw(name);
  if (!option) throw UsageError("unknown option '" + name + "'", "mpr map --help lists them all");
  if (option->get_items_expected_max() == 0) return false;
  return name.size() == word.size();
}

void apply(const RawOptions& raw, const CLI::App& app, MapOptions& options) {
  const auto given = [&](const char* name) { return app.get_option(name)->count() > 0; };
  options.run = raw.run.settings(app);
  using manifest::parse_duration;
  if (given("--timeout")) {
    options.timeout = value_of("--timeout", raw.timeout, parse_duration);
    if (*options.timeout == os::Duration{0})
      throw UsageError("--timeout: no task can end in no time", "leave the option out for no limit");
  }
  if (given("--kill-after")) options.kill_after = value_of("--kill-after", raw.kill_after, parse_duration);
  if (given("--retry-delay")) options.retry_delay = value_of("--retry-delay", raw.retry_delay, parse_duration);
  if (given("--retries")) options.retries = value_of("--retries", raw.retries, parse_count<unsigned>);
  if (given("--shell")) options.script = raw.script;
  if (given("--executor")) options.executor = parse_executor("--executor", raw.executor);
  if (given("--recycle-after")) {
    options.recycle_after = value_of("--recycle-after", raw.recycle_after, parse_count<uint64_t>);
  }
}

}  // namespace

const MapTexts kMapTexts{
    "Runs COMMAND once for each input, as many at a time as there are CPUs, and prints the results in order.", kUsage,
    kFooter};
const MapTexts kProbeTexts{
    "Runs COMMAND for some of the inputs with each executor that can, compares what comes of it byte for byte, and "
    "prints how fast each is.",
    kProbeUsage, kProbeFooter};

std::optional<MapCommandLine> read_map_command_line(std::span<const std::string> words, std::string& help,
                                                    const MapTexts& texts) {
  MapCommandLine line;
  RawOptions raw;
  CLI::App app{texts.description};
  define(app, texts, raw, line.options);
  line.words = split_map_words(words, [&](std::string_view option) { return takes_next_word(app, option); });
  std::vector<std::string> reversed{line.words.options.rbegin(), line.words.options.rend()};
  try {
    app.parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    help = app.help();
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    throw UsageError(error.what(), "mpr map --help lists all options");
  }
  apply(raw, app, line.options);
  return line;
}

}  // namespace mpr::app
