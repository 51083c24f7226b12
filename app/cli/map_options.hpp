// What the options of `mpr map` say, read and checked.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/map_words.hpp"
#include "mpr/affinity.hpp"
#include "os/clock.hpp"
#include "terminal/result_options.hpp"

namespace mpr::app {

struct MapOptions {
  std::string workers = "auto";
  Affinity affinity = Affinity::automatic;
  std::optional<os::Duration> timeout;
  os::Duration kill_after{std::chrono::seconds(5)};
  unsigned retries = 0;
  os::Duration retry_delay{0};
  uint64_t max_failures = 0;  ///< 0: no limit
  ResultOptions results;
  bool link = false;
  bool null_separated = false;
  bool dry_run = false;
  std::optional<std::string> script;  ///< --shell
};

struct MapCommandLine {
  MapOptions options;
  MapWords words;
};

/// Throws UsageError. Nothing when the words ask for help, which `help` then holds.
[[nodiscard]] std::optional<MapCommandLine> read_map_command_line(std::span<const std::string> words,
                                                                  std::string& help);

}  // namespace mpr::app
