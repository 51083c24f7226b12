// ForkServer: a program that is loaded, and stopped before its main(). Each task is a fork of it.
//
// Ownership: the process, a child of this one, is killed and reaped by the destructor. The tasks' processes are
// children
//   of this process too, and the caller's.
// Errors: SpawnFailure for what keeps the program from being loaded, or one task from being started.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "../fork_server/protocol.hpp"
#include "os/process_handle.hpp"
#include "os/spawn.hpp"
#include "worker/launcher.hpp"
#include "worker/supervisor.hpp"
#include "worker/task.hpp"

namespace mpr::worker {

class ForkServer {
 public:
  using Loaded = std::variant<ForkServer, os::SpawnFailure>;
  /// It did not answer, and is of no more use: it died, or was not given the time.
  struct Silent {};
  using Forked = std::variant<os::ProcessHandle, os::SpawnFailure, Silent>;

  /// Loads the program of `task`, as the task would be, in as much time as the task has. What it prints meanwhile is
  /// the task's output. `library` as open_fork_server_library() gives it.
  [[nodiscard]] static Loaded load(const Task& task, const Stdio& stdio, Launcher& launcher, os::FdRef library,
                                   Supervisor& supervisor);
  ForkServer(ForkServer&&) noexcept = default;
  ForkServer& operator=(ForkServer&&) = delete;
  ~ForkServer();

  [[nodiscard]] pid_t pid() const { return process_.pid(); }

  /// A new process that runs the task, with this environment. Throws std::system_error when there is no descriptor left
  /// for it, before there is one.
  [[nodiscard]] Forked fork(const Task& task, char* const* environment, const Stdio& stdio, Supervisor& supervisor);

  /// What the last task's process, which has ended with kFailed, could not do before it was to run the task, if so.
  [[nodiscard]] std::optional<os::SpawnFailure> late_failure();
  static constexpr int kFailed = 127;

 private:
  ForkServer(os::ProcessHandle process, os::UniqueFd control);

  [[nodiscard]] std::optional<os::SpawnFailure> await_hello(Supervisor& supervisor, os::Time deadline);
  [[nodiscard]] os::ProcessHandle handle_of(pid_t pid);
  void write_request(const Task& task, char* const* environment);
  [[nodiscard]] bool send(const Stdio& stdio, Supervisor& supervisor, os::Time deadline);
  /// False when it has ended, or is not to be waited for any more.
  [[nodiscard]] bool receive(std::span<std::byte> message, Supervisor& supervisor, os::Time deadline);

  os::ProcessHandle process_;
  os::UniqueFd control_;
  os::UniqueFd spare_;  ///< keeps a descriptor free for the handle of a process that runs already
  std::string request_;
  uint32_t task_ = 0;
  std::optional<os::SpawnFailure> early_;  ///< late_failure(), when it came before the process was told of
};

}  // namespace mpr::worker
