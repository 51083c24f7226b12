// The fork-server executor: the program is loaded once, and each task is a fork of it that goes on with its main().
//
// For unmodified programs, dynamically linked with the GNU C library (fork_server_fit.hpp). What a program's start
// costs, the kernel's exec, the dynamic linker and the constructors, is paid once in each worker. Words, environment,
// directory, descriptors, process group, timeouts, usage, leftovers and orders are those of the exec executor. What
// differs for the program, since it is loaded before the task is known:
//
//   - Constructors run once in a server. What they did is what each task finds: memory, open descriptors, handlers,
//     random seeds. What they print unbuffered is in the output of the task that had the server loaded. They are given
//     no words but argv[0], and the environment of that task. Timers that they set do not run in tasks.
//   - Address layout (ASLR), stack protector and pointer guard are the same for all tasks of a server.
//   - /proc/self/cmdline and /proc/self/environ are the server's, and AT_RANDOM of the auxiliary vector.
//   - The kernel's limits on words and environment (ARG_MAX) do not apply.
//   - Programs that start threads before main() cannot be used.
//
// Variables that are read while a program is being loaded (those of the dynamic linker, of malloc, of OpenMP, ...) have
// a server loaded for each of their values; so has each program, anew when its file has changed.
//
// Processes: a few servers at the most are kept; the one that was not used for longest goes first. A server that dies
//   is replaced, and the task that it was asked for is run exactly once all the same.
// Errors: could_not_start, with the step os::SpawnStep::load when the program is the reason.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "os/unique_fd.hpp"
#include "worker/process_executor.hpp"

namespace mpr::worker {

class ForkServer;

class ForkServerExecutor final : public ProcessExecutor {
 public:
  explicit ForkServerExecutor(const WorkerOptions& options);
  ~ForkServerExecutor() override;

 private:
  struct Server;

  [[nodiscard]] Started start(const Task& task, const Stdio& stdio, Supervisor& supervisor) override;
  [[nodiscard]] const os::ProgramSearch& locate(const Task& task) override { return launcher_.locate(task); }
  [[nodiscard]] std::optional<os::SpawnFailure> late_failure(const Result& result) override;

  /// Brings the server that fits to the front. False when there is none.
  bool find_server(const std::string& key);
  /// False when the server did not answer, and another may. Throws std::system_error for want of descriptors.
  [[nodiscard]] bool try_to_start(const std::string& path, const Task& task, const Stdio& stdio, Supervisor& supervisor,
                                  Started& started);
  [[nodiscard]] std::optional<os::SpawnFailure> load_server(const std::string& key, const std::string& path,
                                                            const Task& task, const Stdio& stdio,
                                                            Supervisor& supervisor);
  void drop_server(size_t place, Residents& residents);

  Launcher launcher_;
  os::UniqueFd library_;
  std::vector<std::unique_ptr<Server>> servers_;  ///< the last used first
};

}  // namespace mpr::worker
