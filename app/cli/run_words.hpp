// What the words after `mpr run` and `mpr check` say, read and checked.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/run_settings.hpp"
#include "store/shard.hpp"

namespace mpr::app {

struct ManifestChoice {
  std::string path;
  std::vector<std::string> sets;  ///< PATH=VALUE
  std::vector<std::string> only;  ///< names of jobs
  std::optional<store::Shard> shard;
};

struct RunCommandLine {
  ManifestChoice manifest;
  RunSettings settings;
  bool explain = false;
};

/// Throw UsageError. Nothing when the words ask for help, which `help` then holds.
[[nodiscard]] std::optional<RunCommandLine> read_run_command_line(std::span<const std::string> words,
                                                                  std::string& help);
[[nodiscard]] std::optional<RunCommandLine> read_check_command_line(std::span<const std::string> words,
                                                                    std::string& help);

}  // namespace mpr::app
