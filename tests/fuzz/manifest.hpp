// What holds for every manifest that could be read, and for every one that could not.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>

#include "fuzz_input.hpp"
#include "manifest/manifest.hpp"
#include "manifest/manifest_error.hpp"

namespace mpr::test {

inline void check_order(const manifest::Manifest& manifest) {
  std::vector<bool> done(manifest.jobs.size());
  const auto order = manifest::needs_first(manifest.jobs);
  require(order.size() == manifest.jobs.size(), "every job has its place in the order");
  for (const manifest::JobIndex job : order) {
    require(!done.at(job), "a job has one place");
    for (const manifest::JobIndex needed : manifest.jobs[job].needs)
      require(done.at(needed), "a job comes after those it needs", manifest.jobs[job].name);
    done[job] = true;
  }
}

inline void check_manifest(const manifest::Manifest& manifest) {
  require(!manifest.jobs.empty(), "a manifest has jobs");
  check_order(manifest);
  for (const manifest::Job& job : manifest.jobs) {
    require(!job.name.empty(), "a job has a name");
    require(std::is_sorted(job.needs.begin(), job.needs.end()), "needs are sorted", job.name);
    require(!job.timeout || job.timeout->count() > 0, "a timeout is more than 0", job.name);
    for (const auto& exclusion : job.exclusions)
      for (const auto& excluded : exclusion) require(excluded.group < job.groups.size(), "an exclusion is of a group");
  }
}

/// ManifestError is the only one that may be thrown.
inline void check_reading(std::string text, std::span<const std::string> sets) {
  try {
    check_manifest(manifest::parse_manifest(std::move(text), "fuzz.json", sets));
  } catch (const manifest::ManifestError& error) {
    const std::string what = error.what();
    require(what.starts_with("fuzz.json:") || (!sets.empty() && what.starts_with("--set ")), "an error has a place",
            what);
    for (const std::string& line : {what, error.hint()})
      require(std::none_of(line.begin(), line.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }),
              "an error can be printed", line);
  }
}

}  // namespace mpr::test
