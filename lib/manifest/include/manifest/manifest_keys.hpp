// The words of the manifest format, each list in one place: for the reader, its hints, and the test that compares them
// with the schema.
#pragma once

#include <array>
#include <string_view>

namespace mpr::manifest {

/// `$schema` is for editors, and passed over.
inline constexpr std::array<std::string_view, 6> kDocumentKeys{"$schema", "version",  "name",
                                                               "pool",    "defaults", "jobs"};
inline constexpr std::array<std::string_view, 4> kPoolKeys{"workers", "affinity", "isolate", "resources"};

/// Of a job alone.
inline constexpr std::array<std::string_view, 6> kOwnJobKeys{"command", "inputs", "link", "exclude", "needs", "stdin"};
/// Of a job, or of the defaults.
inline constexpr std::array<std::string_view, 11> kSettingKeys{
    "env",           "cwd",       "timeout", "kill_after",    "retries", "success_codes",
    "allow_failure", "resources", "worker",  "recycle_after", "capture"};

/// `inputs` that are an object with one of these are the inputs of one group, else groups by their names.
inline constexpr std::array<std::string_view, 4> kInputsKeys{"values", "glob", "from", "split"};
inline constexpr std::array<std::string_view, 3> kStdinKeys{"text", "file", "from"};
inline constexpr std::array<std::string_view, 3> kRetriesKeys{"count", "delay", "backoff"};
inline constexpr std::array<std::string_view, 1> kCaptureKeys{"file"};

// In the order of the enumerations that they name.
inline constexpr std::array<std::string_view, 4> kAffinities{"auto", "core", "thread", "none"};
inline constexpr std::array<std::string_view, 2> kIsolations{"none", "pid"};
inline constexpr std::array<std::string_view, 3> kCaptures{"print", "keep", "discard"};
inline constexpr std::array<std::string_view, 6> kExecutors{"auto",       "exec",  "fork-server",
                                                            "persistent", "lines", "json"};
inline constexpr std::array<std::string_view, 1> kSplits{"lines"};

/// Set by mpr for every task.
inline constexpr std::array<std::string_view, 6> kReservedVariables{"MPR_TASK", "MPR_SLOT", "MPR_ATTEMPT",
                                                                    "MPR_RUN",  "MPR_JOB",  "MPR_CPUS"};

}  // namespace mpr::manifest
