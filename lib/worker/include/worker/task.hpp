// What travels between the parent and a worker: a task going down, its result coming up.
//
// Units: times are os::Duration (nanoseconds, monotonic). Strings are bytes, not text: no encoding is assumed.
#pragma once

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "os/clock.hpp"
#include "os/exit_status.hpp"
#include "os/spawn.hpp"

namespace mpr::worker {

/// Which task of a run: the place of its job in the plan, and its own, from 1, in that job. Smaller comes earlier in
/// the plan. In a plan of one job it is the task's place.
using TaskNumber = uint64_t;

constexpr unsigned kPlaceBits = 44;  // 17 million million tasks a job, a million jobs
constexpr size_t kMostJobs = size_t{1} << (64 - kPlaceBits);

constexpr TaskNumber task_number(size_t job, uint64_t place) {
  return (static_cast<TaskNumber>(job) << kPlaceBits) | place;
}
constexpr size_t job_of(TaskNumber number) {
  return static_cast<size_t>(number >> kPlaceBits);
}
/// Also the task's MPR_TASK.
constexpr uint64_t place_of(TaskNumber number) {
  return number & ((TaskNumber{1} << kPlaceBits) - 1);
}

/// What a task reads.
struct Input {
  enum class Kind : uint8_t { nothing, text, file };
  Kind kind = Kind::nothing;
  std::string value;  ///< the text, or the file's path, which the task's directory is the start of
};

/// Where a task's standard output goes.
struct Output {
  enum class Kind : uint8_t { gathered, discarded, file };
  Kind kind = Kind::gathered;
  std::string path;  ///< of the file, as for Input
};

/// All that says what a task does, and so what comes of it: its content. Two tasks of the same content are as good as
/// each other.
struct Command {
  std::vector<std::string> argv;         ///< never empty; executed directly, no shell
  std::vector<std::string> environment;  ///< what differs from mpr's own: NAME=value, or NAME for none
  std::string directory;                 ///< where it runs; empty: where mpr does
  Input input;
  Output output;
};

/// The path of a file that a task in that directory calls `path`.
[[nodiscard]] inline std::string seen_from(const std::string& directory, const std::string& path) {
  return directory.empty() || path.starts_with('/') ? path : directory + "/" + path;
}

/// How a worker runs a task.
enum class ExecutorKind : uint8_t {
  exec,         ///< a new process for each: fork and exec
  fork_server,  ///< a fork of a process that has the program loaded
  persistent,   ///< a call in a process that stays: programs made with MPR_JOB
  lines,        ///< a line to a filter that stays and answers each with a line
  json,         ///< a request to a process that stays, by the JSON protocol of Bazel's workers
};
/// Whether one process runs many tasks, which then travel in batches.
constexpr bool is_persistent(ExecutorKind kind) {
  return kind >= ExecutorKind::persistent;
}

/// One attempt of one task, ready to be started.
struct Task {
  TaskNumber number = 0;
  uint32_t attempt = 1;  ///< 1-based; also MPR_ATTEMPT
  Command command;
  std::optional<os::Duration> timeout;               ///< of this attempt
  os::Duration kill_after{std::chrono::seconds(5)};  ///< from SIGTERM to SIGKILL
  std::vector<std::string> variables;                ///< of its environment, about where it runs: MPR_JOB=...
  std::vector<uint32_t> cpus;                        ///< to run on; empty: those of its worker
  ExecutorKind executor = ExecutorKind::exec;        ///< one that is_persistent() in a Batch alone
};

enum class Stream : uint8_t { out, err };

/// Why an attempt is over.
enum class Ending : uint8_t {
  exited,           ///< by itself: see status (an exit status, or a signal that mpr did not send)
  could_not_start,  ///< see failure; nothing was run
  timed_out,        ///< mpr ended it after --timeout
  cancelled,        ///< mpr ended it because the run is being stopped
  worker_lost,      ///< its worker died; what the task did is unknown
  no_answer,        ///< it was asked of a process that stays, which did not do as its protocol says: see fault
};

/// What a process that stays did instead of answering a task.
enum class Fault : uint8_t {
  ended,      ///< with exit status 0; otherwise the task has exited, as its process has
  closed,     ///< its standard input or output
  unasked,    ///< wrote something that was no answer to anything
  malformed,  ///< wrote something that is no response
  request,    ///< answered another request
  exit_code,  ///< answered an exit code that no process has
  protocol,   ///< a job program: wrote nonsense into the memory that it shares with its worker
};
[[nodiscard]] const char* text_of(Fault fault);

/// How one attempt ended. Its output travels apart from it, before it.
struct Result {
  TaskNumber number = 0;
  uint32_t attempt = 1;
  Ending ending = Ending::exited;
  os::ExitStatus status = os::ExitStatus::exited(0);
  os::SpawnFailure failure;    ///< only for could_not_start
  Fault fault = Fault::ended;  ///< only for no_answer
  bool inverted = false;       ///< its job takes the exit status for the opposite: 0 for failure, another for success
  bool out_of_memory = false;  ///< it was killed, by SIGKILL, because the memory of its cgroup had run out
  bool leaked = false;         ///< it left processes behind, which were ended
  os::Duration started{0};     ///< on the monotonic clock, comparable within one run
  os::Duration elapsed{0};
  os::Usage usage;

  /// By SIGKILL, which mpr did not send.
  [[nodiscard]] bool killed() const { return ending == Ending::exited && status.signal() == 9; }
  /// It was not begun, for want of a process or of memory, which may pass.
  [[nodiscard]] bool starved() const {
    return ending == Ending::could_not_start && failure.step == os::SpawnStep::create_process &&
           (failure.error == EAGAIN || failure.error == ENOMEM);
  }
  [[nodiscard]] bool success() const { return ending == Ending::exited && status.success() != inverted; }
};

/// "exit status 3", "timed out; SIGTERM did not end it, killed", "cannot start: No such file or directory", ...
[[nodiscard]] std::string describe(const Result& result);

}  // namespace mpr::worker
