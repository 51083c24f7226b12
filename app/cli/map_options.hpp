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
#include "runner/gather.hpp"
#include "terminal/progress.hpp"

namespace mpr::app {

enum class Format : uint8_t { plain, tagged, json };

struct MapOptions {
  std::string workers = "auto";
  Affinity affinity = Affinity::automatic;
  std::optional<os::Duration> timeout;
  os::Duration kill_after{std::chrono::seconds(5)};
  unsigned retries = 0;
  os::Duration retry_delay{0};
  uint64_t max_failures = 0;  ///< 0: no limit
  runner::Ordering ordering = runner::Ordering::in_order;
  Format format = Format::plain;
  ProgressMode progress = ProgressMode::automatic;
  bool link = false;
  bool null_separated = false;
  bool dry_run = false;
  bool quiet = false;
  int verbose = 0;
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
