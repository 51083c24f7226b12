// spawn: starts a program in a new process, with everything set in the child before exec.
//
//   auto outcome = spawn({.path = "/bin/ls", .argv = argv, .envp = envp, .out = pipe.writer, ...}, stack);
//
// The child shares this process's memory until it execs (vfork), so that starting costs the same however much memory
// the caller has. In the child, in this order: process group, SIGKILL on the death of the parent (and a check that the
// parent is still there), standard descriptors, limits, directory, signal dispositions, signal mask, exec.
//
// Ownership: borrows everything in the request for the time of the call. The new process is the caller's to reap.
// Errors: what the kernel refuses, before or in the child, is a SpawnFailure value: errno and the step that failed.
//   Nothing is left to reap then. A program that the kernel calls no executable (ENOEXEC: a script without #!) is run
//   by /bin/sh, as execvp(3) and every shell do.
// Threads: PR_SET_PDEATHSIG fires when the *thread* that spawned exits (prctl(2)), so spawn from a thread that lives
//   as long as the child may.
// Processes: every descriptor of ours is close-on-exec; the child gets the three standard ones, those that are passed,
//   and whatever this process itself inherited without close-on-exec.
// Limits: Linux 5.2 (CLONE_PIDFD).
#pragma once

#include <sys/resource.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>

#include "process_handle.hpp"
#include "signals.hpp"
#include "unique_fd.hpp"

namespace mpr::os {

/// The first two are those of whoever opens the program's files for it; `load` and `request`, of whoever loads it to
/// fork it, and of whoever talks to it.
enum class SpawnStep : uint8_t {
  open_input,
  open_output,
  create_process,
  process_group,
  death_signal,
  stdio,
  limits,
  directory,
  signals,
  exec,
  load,
  request,     ///< EINVAL: it contains a line end, EILSEQ: it is not UTF-8
  interpreter  ///< exec, too: the program is there, and what its first line or its ELF header names is not
};

/// What keeps a program from being loaded once and then forked.
enum class LoadProblem : uint8_t {
  unreadable,
  script,
  not_for_this_machine,
  linked_statically,
  other_libc,
  privileged,
  ended,           ///< before its main() was to be called
  no_answer,       ///< none in time
  threads,         ///< it has started some before main(), which a fork would not copy
  no_tid_address,  ///< the kernel lacks PR_GET_TID_ADDRESS
  sanitizer,       ///< AddressSanitizer, which bears no library before it
};

/// "it is statically linked"
[[nodiscard]] std::string text_of(LoadProblem problem);

struct SpawnFailure {
  int error = 0;  ///< errno; of the step `load`, a LoadProblem
  SpawnStep step = SpawnStep::create_process;

  /// "No such file or directory"; names the step when it is not exec.
  [[nodiscard]] std::string text() const;
};

struct SpawnRequest {
  const char* path = nullptr;  ///< executed as it is: see find_program for the PATH search
  char* const* argv = nullptr;
  char* const* envp = nullptr;
  FdRef in;  ///< the three standard descriptors; all must be given
  FdRef out;
  FdRef err;
  std::span<const FdRef> passed{};       ///< further ones that it has, by the same numbers; none below 3
  const char* directory = nullptr;       ///< none: stay
  const SignalReset* signals = nullptr;  ///< mask and dispositions for the program; none: as they are
  std::optional<rlimit> open_files;      ///< RLIMIT_NOFILE for the program
};

/// Memory on which the child of spawn runs until it execs. One spawn at a time may use it.
class SpawnStack {
 public:
  SpawnStack();
  SpawnStack(const SpawnStack&) = delete;
  SpawnStack& operator=(const SpawnStack&) = delete;
  ~SpawnStack();
  [[nodiscard]] void* top() const;

 private:
  void* base_;
};

[[nodiscard]] std::variant<ProcessHandle, SpawnFailure> spawn(const SpawnRequest& request, const SpawnStack& stack);

/// Where the shell's rules (a slash: the path itself; none: each directory of PATH) find `program`, and whether it can
/// be executed: ENOENT when there is none, EACCES when what there is may not be executed.
struct ProgramSearch {
  std::string path;  ///< relative to the directory that the program is to be started in
  int error = 0;
};
/// As a process that is in `directory` (empty: ours) and has `search_path` for its PATH (none: ours) would find it.
[[nodiscard]] ProgramSearch find_program(const std::string& program, const std::string& directory = {},
                                         const char* search_path = nullptr);

}  // namespace mpr::os
