// What the options of `mpr map` say, read and checked.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/map_words.hpp"
#include "cli/run_settings.hpp"
#include "manifest/executor_choice.hpp"
#include "os/clock.hpp"

namespace mpr::app {

struct MapOptions {
  RunSettings run;
  std::optional<os::Duration> timeout;
  os::Duration kill_after{std::chrono::seconds(5)};
  unsigned retries = 0;
  os::Duration retry_delay{0};
  bool link = false;
  bool null_separated = false;
  std::optional<std::string> script;  ///< --shell
  manifest::ExecutorChoice executor = manifest::ExecutorChoice::automatic;
  uint64_t recycle_after = 0;
};

struct MapCommandLine {
  MapOptions options;
  MapWords words;
};

/// What --help says of a command that is given as that of `mpr map` is.
struct MapTexts {
  const char* description;
  const char* usage;
  const char* footer;
};
extern const MapTexts kMapTexts;
extern const MapTexts kProbeTexts;

/// Throws UsageError. Nothing when the words ask for help, which `help` then holds.
[[nodiscard]] std::optional<MapCommandLine> read_map_command_line(std::span<const std::string> words, std::string& help,
                                                                  const MapTexts& texts = kMapTexts);

}  // namespace mpr::app
