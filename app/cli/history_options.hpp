// What `mpr runs`, `mpr show` and `mpr logs` have in common: which store they read, and how a run is named.
#pragma once

#include <optional>
#include <span>
#include <string>

#include <CLI/CLI.hpp>

#include "store/store.hpp"

namespace mpr::app {

/// Adds --store, and what every command has. `footer`: what stands below the options in the help.
void define_history(CLI::App& app, std::string& store, const std::string& footer);

/// False when the words ask for help, which is then printed. Throws UsageError.
[[nodiscard]] bool parse_history(CLI::App& app, std::span<const std::string> words);

/// What --store says; else $MPR_STORE; else .mpr/runs.db, here.
[[nodiscard]] std::string history_path(const std::string& option);

/// For reading. Throws UsageError when there is none, store::StoreError when it cannot be read.
[[nodiscard]] store::Store open_history(const std::string& option);

/// `text`: an id, the beginning of one, or "last". Throws UsageError unless there is exactly one such run.
[[nodiscard]] store::RunRecord run_named(store::Store& store, const std::string& text);

}  // namespace mpr::app
