// Who refers to whom: the jobs of a manifest by their names, and the places where a job names another.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "manifest/manifest.hpp"
#include "value_reader.hpp"

namespace mpr::manifest {

class JobNames {
 public:
  /// `jobs`: the object of that name. Errors: as for a ManifestError: a name that is none.
  explicit JobNames(JsonValue jobs);

  /// Errors: there is no job of that name.
  [[nodiscard]] JobIndex find(JsonValue name) const;

  [[nodiscard]] const std::vector<std::string_view>& all() const { return names_; }

 private:
  std::unordered_map<std::string_view, JobIndex> indices_;
  std::vector<std::string_view> names_;  // in the order of the document, for hints
};

struct JobReference {
  enum class Use : uint8_t { needs, reads };

  JobIndex job;
  JsonValue where;
  Use use;
};

/// The references of one job, as they are met.
class JobReferences {
 public:
  JobReferences(const JobNames& names, JobIndex self) : names_(names), self_(self) {}

  /// Errors: not the name of another job.
  JobIndex add(JsonValue name, JobReference::Use use);

  /// As though the name of this job were meant to be that of another: "did you mean ...?", or nothing.
  [[nodiscard]] std::string hint_nearest_other() const;

  [[nodiscard]] const std::vector<JobReference>& all() const { return all_; }
  /// Ascending, each once.
  [[nodiscard]] std::vector<JobIndex> jobs() const;

 private:
  const JobNames& names_;
  JobIndex self_;
  std::vector<JobReference> all_;
};

/// Checks what can be known only when all jobs are: that the output that is read is kept, and that there is no circle.
/// `references`: of each job.
void check_references(const std::vector<Job>& jobs, const std::vector<JobReferences>& references);

}  // namespace mpr::manifest
