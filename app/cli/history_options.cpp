#include "cli/history_options.hpp"

#include <cstdlib>

#include "cli/usage_error.hpp"
#include "manifest/shell_quote.hpp"
#include "terminal/messages.hpp"

namespace mpr::app {

void define_history(CLI::App& app, std::string& store, const std::string& footer) {
  app.footer(footer);
  app.get_formatter()->column_width(26);
  app.get_formatter()->label("Positionals", "Words");
  app.get_formatter()->label("REQUIRED", "");
  app.set_help_flag("-h,--help", "This text");
  app.add_option("--store", store, "Read this store instead of $MPR_STORE, or else .mpr/runs.db")->type_name("FILE");
}

bool parse_history(CLI::App& app, std::span<const std::string> words) {
  try {
    // CLI11 takes words from the end of what it is given.
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::CallForHelp&) {
    print_result(app.help());
    return false;
  } catch (const CLI::ParseError& error) {
    throw UsageError(error.what(), app.get_name() + " --help lists all options");
  }
  return true;
}

std::string history_path(const std::string& option) {
  if (!option.empty()) return option;
  const char* variable = std::getenv("MPR_STORE");
  return variable && *variable ? variable : ".mpr/runs.db";
}

store::Store open_history(const std::string& option) {
  try {
    return store::Store::open_existing(history_path(option));
  } catch (const store::StoreError& error) {
    // It is the command line that asks for what is not there; nothing went wrong.
    if (error.cause() != store::StoreError::Cause::absent) throw;
    throw UsageError(error.what(), error.hint());
  }
}

store::RunRecord run_named(store::Store& store, const std::string& text) {
  if (text == "last") {
    if (auto run = store.newest_run()) return std::move(*run);
    throw UsageError("store '" + store.path() + "' holds no runs");
  }
  std::vector<store::RunRecord> found = store.find_runs(text);
  if (found.size() == 1) return std::move(found.front());
  const std::string shown = "'" + manifest::printable(text) + "'";
  if (!found.empty())
    throw UsageError(shown + " is the beginning of " + std::to_string(found.size()) + " runs",
                     "the newest of them is " + found.back().info.id);
  const auto newest = store.newest_run();
  throw UsageError("there is no run " + shown + " in store '" + store.path() + "'",
                   newest ? "the newest is " + newest->info.id + "; mpr runs lists them all" : "it holds no runs");
}

}  // namespace mpr::app
