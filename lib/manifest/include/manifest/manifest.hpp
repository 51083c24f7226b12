// Manifest: what a manifest file says, read and checked. What to do about it is for others.
//
//   const Manifest manifest = read_manifest("nightly.json", sets);        // sets: the words of --set, PATH=VALUE
//   for (JobIndex job : needs_first(manifest.jobs)) plan(manifest.jobs[job]);
//
// The format is described by manifest_schema(). Everything that can be known from the text alone is checked here:
// numbers are in their ranges, names that are referred to exist, templates compile for the inputs of their job, nothing
// needs itself. Whether files exist and programs can be run is not.
//
// Ownership: plain values. Errors: ManifestError for the first mistake. Threads: no state.
// Units & limits: text below 4 GiB; a million inputs take about 32 bytes each (or their length, if more than 15 bytes).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "manifest/executor_choice.hpp"
#include "manifest/input_spec.hpp"
#include "manifest/isolation.hpp"
#include "mpr/affinity.hpp"
#include "os/clock.hpp"

namespace mpr::manifest {

using JobIndex = size_t;  ///< in Manifest::jobs

struct NamedCount {
  std::string name;
  uint64_t count = 1;
};

struct PoolSettings {
  std::optional<std::string> workers;  ///< as parse_worker_count() takes it
  std::optional<Affinity> affinity;
  std::optional<Isolation> isolate;
  std::optional<uint64_t> memory;  ///< bytes that all tasks that run may have together
  std::vector<NamedCount> resources;
};

/// Files that are found when the plan is made.
struct Globs {
  std::vector<std::string> patterns;
};

enum class Split : uint8_t { lines };

/// What another job has written, once it is done.
struct OutputOf {
  JobIndex job = 0;
  Split split = Split::lines;
};

/// Values as they are; or specs, of which at least one is a range or file; or ...
using GroupInputs = std::variant<std::vector<std::string>, std::vector<InputSpec>, Globs, OutputOf>;

struct JobInputs {
  std::string name;     ///< empty: the only group of its job, without a name
  bool linked = false;  ///< advances with the group before it; as for InputGroup
  GroupInputs inputs;
};

/// A row is left out when, for each of these, the group has the value.
struct ExcludedValue {
  size_t group = 0;  ///< in Job::groups
  std::string value;
};
using Exclusion = std::vector<ExcludedValue>;

struct StdinText {
  std::string text;
};
struct StdinFile {
  std::string path;  ///< template
};
struct StdinOutput {
  JobIndex job = 0;
};
/// The first: the job says nothing.
using JobStdin = std::variant<std::monostate, StdinText, StdinFile, StdinOutput>;

struct Retries {
  unsigned count = 0;
  os::Duration delay{0};
  double backoff = 1;  ///< by which each delay is longer than the one before; 1 or more
};

struct JobResources {
  unsigned cpus = 1;
  std::optional<uint64_t> memory;  ///< bytes
  std::vector<NamedCount> named;   ///< each one of PoolSettings::resources, and not more than there are
};

/// Where the output of a job goes.
enum class CaptureTo : uint8_t {
  print,    ///< is printed, and can be read by other jobs
  keep,     ///< can be read by other jobs
  discard,  ///< nowhere
  file,     ///< to a file for each task
};

struct JobCapture {
  CaptureTo to = CaptureTo::print;
  std::string file;  ///< template of the path, for CaptureTo::file
};

/// Templates are as written. They compile with the names of `groups`: a script with CommandTemplate::shell, all others
/// with TemplateWord; without groups a script too with TemplateWord, since then nothing is to be appended to it.
struct Job {
  std::string name;
  std::variant<std::vector<std::string>, std::string> command;  ///< words, or a script for sh

  /// Linked groups stand one after another, at the place of the first of them, else in the order of the document. That
  /// is the order of rows, and of `{1} {2}`. None: the job runs once.
  std::vector<JobInputs> groups;
  std::vector<Exclusion> exclusions;

  std::vector<JobIndex> needs;  ///< ascending, each once; with those whose output is read
  std::vector<std::pair<std::string, std::optional<std::string>>> env;  ///< name, template; nothing: unset
  std::string cwd;                                                      ///< template; empty: that of mpr
  JobStdin stdin_from;
  std::optional<os::Duration> timeout;  ///< more than 0
  std::optional<os::Duration> kill_after;
  Retries retries;
  std::vector<int> success_codes = {0};
  bool allow_failure = false;
  JobResources resources;
  ExecutorChoice executor = ExecutorChoice::automatic;
  uint64_t recycle_after = 0;  ///< tasks after which a process that stays is replaced; 0: never
  JobCapture capture;
};

struct Manifest {
  std::string name;       ///< by default that of the file, without its extension
  std::string path;       ///< of the file, as given
  std::string directory;  ///< where the file is
  PoolSettings pool;
  std::vector<Job> jobs;  ///< in the order of the document; at least one
};

[[nodiscard]] Manifest read_manifest(const std::string& path, std::span<const std::string> sets = {});

/// read_manifest() of a file with this text. `path` is not touched.
[[nodiscard]] Manifest parse_manifest(std::string text, const std::string& path,
                                      std::span<const std::string> sets = {});

/// The jobs in an order in which each comes after all that it needs, and else as in the document. Jobs that need each
/// other in a circle, and jobs that need those, are left out; a Manifest has none.
[[nodiscard]] std::vector<JobIndex> needs_first(std::span<const Job> jobs);

}  // namespace mpr::manifest
