// The keys of a job that may also stand in the defaults.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "manifest/manifest.hpp"
#include "value_reader.hpp"

namespace mpr::manifest {

class SettingsReader {
 public:
  /// Checks the values of `defaults` themselves, all but whether their templates fit a job.
  SettingsReader(const PoolSettings& pool, std::optional<JsonValue> defaults);

  /// The settings of `object`, and of the defaults what it does not say. `job` must have its name and groups.
  void read(JsonValue object, Job& job) const;

 private:
  class Reading;

  const PoolSettings& pool_;
  std::optional<JsonValue> defaults_;
};

}  // namespace mpr::manifest
