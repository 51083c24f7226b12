#include "cli/map_options.hpp"

#include <algorithm>
#include <charconv>

#include <CLI/CLI.hpp>

#include "cli/usage_error.hpp"
#include "manifest/duration.hpp"
#include "manifest/error.hpp"

namespace mpr::app {
namespace {

constexpr const char* kUsage =
    R"(
Usage: mpr map [OPTIONS] COMMAND [ARG...] [--inputs SPEC... | ::: VALUE... | :::: FILE...]... [OPTIONS]
       mpr map [OPTIONS] --inputs SPEC... -- COMMAND [ARG...]
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

/// CLI11 would describe the options alone; the words around them are read by split_map_words.
class HelpFormatter final : public CLI::Formatter {
 public:
  [[nodiscard]] std::string make_usage(const CLI::App*, std::string) const override { return kUsage; }
};

/// The options as CLI11 reads them, before their values are checked.
struct RawOptions {
  std::string affinity = "auto", timeout, kill_after, retries, retry_delay, max_failures, progress = "auto", script;
  bool unordered = false, line_buffer = false, tag = false, json = false, fail_fast = false;
};

void define(CLI::App& app, RawOptions& raw, MapOptions& options) {
  app.formatter(std::make_shared<HelpFormatter>());
  app.footer(kFooter);
  app.get_formatter()->column_width(32);
  app.set_help_flag("-h,--help", "This text");

  const std::string output = "Output";
  app.add_flag("--unordered", raw.unordered, "Each task's output whole, as tasks end")->group(output);
  app.add_flag("--line-buffer", raw.line_buffer, "Line by line, as lines come")->group(output);
  app.add_flag("--tag", raw.tag, "Begin each line with the task's input and a tab")->group(output);
  app.add_flag("--json", raw.json, "One JSON object a task, one a line")->group(output);
  app.add_option("--progress", raw.progress, "A progress line on stderr: auto, always or never")
      ->type_name("WHEN")
      ->group(output);
  app.add_flag("-q,--quiet", options.results.quiet, "No progress line, no digest of failures")->group(output);
  app.add_flag("-v,--verbose", options.results.verbose, "Say what happens to each task; -vv: more")->group(output);

  const std::string control = "Control";
  app.add_option("-j,--workers", options.workers, "Tasks at a time: N, N% of the CPUs, or auto (all; see mpr cpus)")
      ->type_name("N")
      ->group(control);
  app.add_option("--affinity", raw.affinity,
                 "Pin each worker to a core, a thread (a CPU), none, or auto: threads, if workers fill them")
      ->type_name("HOW")
      ->group(control);
  app.add_option("--timeout", raw.timeout, "End a task that takes longer: 250ms 30s 5m 1h30m")
      ->type_name("TIME")
      ->group(control);
  app.add_option("--kill-after", raw.kill_after, "From SIGTERM to SIGKILL, when a task is ended (5s)")
      ->type_name("TIME")
      ->group(control);
  app.add_option("--retries", raw.retries, "Try a failed task again, up to N times")->type_name("N")->group(control);
  app.add_option("--retry-delay", raw.retry_delay, "Wait before trying again")->type_name("TIME")->group(control);
  app.add_flag("--fail-fast", raw.fail_fast, "Stop at the first failed task, and end those that run")->group(control);
  app.add_option("--max-failures", raw.max_failures, "Stop like that once N tasks have failed")
      ->type_name("N")
      ->group(control);
  app.add_flag("--dry-run", options.dry_run, "Print the commands; run nothing")->group(control);

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

template <class Parse>
auto value_of(const char* option, const std::string& text, Parse parse) {
  try {
    return parse(text);
  } catch (const manifest::Error& error) {
    throw UsageError(std::string(option) + ": " + error.what(), error.hint());
  }
}

template <class Number>
Number parse_count(const std::string& text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{} && end == text.data() + text.size()) return number;
  throw manifest::Error("'" + text + "' is not a number from 0 up");
}

template <class Value>
Value choose(const char* option, const std::string& word, const std::vector<std::pair<std::string, Value>>& choices) {
  std::string known;
  for (const auto& [name, value] : choices) {
    if (name == word) return value;
    known += (known.empty() ? "" : ", ") + name;
  }
  throw UsageError(std::string(option) + ": '" + word + "' is none of " + known);
}

void refuse_together(bool first, bool second, const char* both) {
  if (first && second) throw UsageError(std::string(both) + " cannot be used together");
}

void apply(const RawOptions& raw, const CLI::App& app, MapOptions& options) {
  const auto given = [&](const char* name) { return app.get_option(name)->count() > 0; };
  options.affinity = choose<Affinity>("--affinity", raw.affinity,
                                      {{"auto", Affinity::automatic},
                                       {"core", Affinity::core},
                                       {"thread", Affinity::thread},
                                       {"none", Affinity::none}});
  options.results.progress = choose<ProgressMode>(
      "--progress", raw.progress,
      {{"auto", ProgressMode::automatic}, {"always", ProgressMode::always}, {"never", ProgressMode::never}});
  using manifest::parse_duration;
  if (given("--timeout")) {
    options.timeout = value_of("--timeout", raw.timeout, parse_duration);
    if (*options.timeout == os::Duration{0})
      throw UsageError("--timeout: no task can end in no time", "leave the option out for no limit");
  }
  if (given("--kill-after")) options.kill_after = value_of("--kill-after", raw.kill_after, parse_duration);
  if (given("--retry-delay")) options.retry_delay = value_of("--retry-delay", raw.retry_delay, parse_duration);
  if (given("--retries")) options.retries = value_of("--retries", raw.retries, parse_count<unsigned>);
  if (given("--max-failures")) {
    options.max_failures = value_of("--max-failures", raw.max_failures, parse_count<uint64_t>);
    if (options.max_failures == 0)
      throw UsageError("--max-failures: 0 failures are there before the first task",
                       "leave the option out for no limit");
  }
  if (given("--shell")) options.script = raw.script;
  refuse_together(raw.fail_fast, given("--max-failures"), "--fail-fast and --max-failures");
  refuse_together(raw.unordered, raw.line_buffer, "--unordered and --line-buffer");
  refuse_together(raw.json, raw.tag, "--json and --tag");
  refuse_together(raw.json, raw.line_buffer, "--json and --line-buffer");
  refuse_together(options.results.quiet, options.results.verbose > 0, "--quiet and --verbose");
  if (raw.fail_fast) options.max_failures = 1;
  if (raw.unordered) options.results.ordering = runner::Ordering::as_completed;
  if (raw.line_buffer) options.results.ordering = runner::Ordering::by_line;
  if (raw.tag) options.results.format = Format::tagged;
  if (raw.json) options.results.format = Format::json;
}

}  // namespace

std::optional<MapCommandLine> read_map_command_line(std::span<const std::string> words, std::string& help) {
  MapCommandLine line;
  RawOptions raw;
  CLI::App app{
      "Runs COMMAND once for each input, as many at a time as there are CPUs, and prints the results in order."};
  define(app, raw, line.options);
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
