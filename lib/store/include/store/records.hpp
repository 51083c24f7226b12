// What the run store holds: plain values, one for each kind of row.
//
// Units: times are nanoseconds since 1970 (UTC), 0: not yet; durations are os::Duration. Strings are bytes.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "os/process_identity.hpp"
#include "store/identity.hpp"
#include "worker/task.hpp"

namespace mpr::store {

using UnixTime = int64_t;
[[nodiscard]] UnixTime unix_now();

/// Names a run within its store; never used again, also when the run has been pruned.
using RunKey = int64_t;

enum class RunKind : uint8_t { map, run };

enum class RunState : uint8_t {
  running,      ///< a live process holds its lock
  succeeded,    ///< all tasks did
  failed,       ///< at least one task did not
  interrupted,  ///< by a signal; or its mpr died, which nobody could record
  broken,       ///< mpr itself failed: a full disk, no processes left
};

struct Counts {
  std::optional<uint64_t> total{};  ///< tasks in the plan, once that is known
  uint64_t succeeded = 0;           ///< reused ones too
  uint64_t failed = 0;              ///< reused ones too
  uint64_t reused = 0;              ///< not run again: their results were there
  uint64_t cancelled = 0;
  uint64_t never_started = 0;

  friend bool operator==(const Counts&, const Counts&) = default;
};

/// What the beginner of a run tells of it.
struct RunInfo {
  std::string id{};  ///< empty: the store makes one
  RunKind kind = RunKind::map;
  std::string plan{};       ///< what newest_run() looks for: a manifest's path, or a command's template and directory
  std::string title{};      ///< for people: a manifest's name, or a command line
  std::string directory{};  ///< where it was started
  uint32_t workers = 0;
};

struct RunRecord {
  RunKey key = 0;
  RunInfo info;
  UnixTime started = 0;          ///< of the first session
  UnixTime session_started = 0;  ///< of the last one
  UnixTime ended = 0;            ///< of the last one
  RunState state = RunState::running;
  int signal = 0;         ///< that interrupted it; 0: none, or its mpr died
  uint32_t sessions = 1;  ///< a run that is resumed goes on in the same record
  std::string host;
  std::string boot_id;
  os::ProcessIdentity process;  ///< the mpr of the last session
  Counts counts;                ///< of the last session: it counts the tasks that it reuses too
};

enum class JobState : uint8_t { waiting, running, succeeded, failed, skipped };

struct JobRecord {
  uint32_t position = 0;  ///< in the plan, from 0
  std::string name;
  JobState state = JobState::waiting;
  std::string because;  ///< skipped: the job that it would have needed
  Counts counts;
  UnixTime started = 0;
  UnixTime ended = 0;

  friend bool operator==(const JobRecord&, const JobRecord&) = default;
};

struct WorkerRecord {
  uint32_t session = 1;
  uint32_t slot = 0;
  os::ProcessIdentity process;
  std::string boot_id;
  std::string cpus;  ///< that it is pinned to: "0-3,8"; empty: none

  friend bool operator==(const WorkerRecord&, const WorkerRecord&) = default;
};

/// A task of a run. A plan without jobs is one job, 0.
struct TaskRef {
  uint32_t job = 0;  ///< its position
  worker::TaskNumber number = 0;

  friend auto operator<=>(const TaskRef&, const TaskRef&) = default;
};

/// Names an attempt within its store.
struct AttemptKey {
  int64_t value = 0;
  friend auto operator<=>(const AttemptKey&, const AttemptKey&) = default;
};

/// One stream of an attempt. Store::read_output gives the bytes, wherever they are.
struct Output {
  uint64_t bytes = 0;
  bool in_file = false;  ///< too large for the record
  uint64_t hash = 0;     ///< of the file
  std::string text;      ///< the bytes, unless they are in a file

  friend bool operator==(const Output&, const Output&) = default;
};

/// One attempt of a task, running or ended.
struct AttemptRecord {
  AttemptKey key;  ///< given by the store
  uint32_t job = 0;
  uint32_t slot = 0;
  Identity identity;
  std::vector<std::string> inputs;
  std::vector<std::string> argv;
  bool running = false;   ///< no result yet: only what identifies it holds
  bool final = true;      ///< the task's result; false: the task was tried again
  bool success = false;   ///< as the task's job has it, which may accept other exit statuses than 0
  UnixTime started = 0;   ///< by the wall clock; result.started is not kept
  worker::Result result;  ///< with the task's number and the attempt's
  Output out, err;

  [[nodiscard]] TaskRef task() const { return {job, result.number}; }
};

/// "20261122T215301-1f3a9c": when, and something to tell two runs of one second apart.
[[nodiscard]] std::string new_run_id();

/// Tells one boot of a machine from another; empty where the kernel does not say.
[[nodiscard]] std::string own_boot_id();

}  // namespace mpr::store
