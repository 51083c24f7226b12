// RunSettings: what `mpr map` and `mpr run` can be told alike: how many workers, what is printed and how, when to stop,
// and where to keep what comes of it.
//
//   RunSettingsWords words;
//   words.define(app);            // options of a CLI11 parser
//   app.parse(...);
//   const RunSettings settings = words.settings(app);
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "manifest/isolation.hpp"
#include "mpr/affinity.hpp"
#include "store/store.hpp"
#include "terminal/result_options.hpp"

namespace CLI {
class App;
}

namespace mpr::app {

struct StoreSettings {
  std::optional<std::string> path;  ///< --store
  bool none = false;                ///< --no-store
  store::Durability durability = store::Durability::process;
  bool resume = false;
  std::string resumed_run;  ///< empty: the newest
  bool retry_failed = false;
};

struct RunSettings {
  std::optional<std::string> workers;  ///< as written
  std::optional<Affinity> affinity;
  std::optional<manifest::Isolation> isolate;
  uint64_t max_failures = 0;  ///< 0: no limit
  ResultOptions results;
  StoreSettings store;
  bool dry_run = false;
};

class RunSettingsWords {
 public:
  void define(CLI::App& app);
  /// Throws UsageError for values that make no sense.
  [[nodiscard]] RunSettings settings(const CLI::App& app) const;

 private:
  void define_output(CLI::App& app);
  void define_control(CLI::App& app);
  void define_store(CLI::App& app);
  void refuse_contradictions(const CLI::App& app) const;
  [[nodiscard]] StoreSettings store_settings(const CLI::App& app) const;

  std::string workers_, affinity_, isolate_, max_failures_, progress_ = "auto", store_, durability_, resume_;
  bool unordered_ = false, line_buffer_ = false, tag_ = false, json_ = false, quiet_ = false, fail_fast_ = false;
  bool dry_run_ = false, no_store_ = false, retry_failed_ = false;
  int verbose_ = 0;
};

}  // namespace mpr::app
