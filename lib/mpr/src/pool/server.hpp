// The pool's fork server: a child of the pool's owner that has one thread for as long as it lives, and forks the
// workers, the first ones and those that replace others, however many threads the owner has by then.
//
//   ForkServer server(options);
//   server.start(slot, task_reader, result_writer);     // a pid and a pidfd
//   server.collect(slot);                               // how it ended, once the pidfd says that it has
//
// Ownership: the workers are the server's children; it ends and reaps those that are left when its owner has died or
// has
//   closed it. It is the owner's child: close() ends and reaps it.
// Errors: ServerGone when the server has been killed. std::system_error when it could not fork.
// Threads: one at a time.
#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "os/process_handle.hpp"
#include "os/shared_mapping.hpp"
#include "os/socket.hpp"
#include "pool/worker.hpp"

namespace mpr::pool {

struct ServerOptions {
  WorkerOptions worker;
  std::vector<std::vector<unsigned>> affinity;  ///< for each slot, the CPUs that it is pinned to; empty: not pinned
  Board* boards = nullptr;                      ///< one a slot, shared
};

struct ServerGone : std::runtime_error {
  ServerGone() : std::runtime_error("the pool's fork server was killed") {}
};

struct ServerReply;

class ForkServer {
 public:
  /// Forks the server. Throws as os::fork_child does.
  explicit ForkServer(const ServerOptions& options);
  ForkServer(ForkServer&&) = default;
  ForkServer& operator=(ForkServer&&) = delete;
  ~ForkServer();

  /// A worker that belongs to the server: to be watched and signalled, not to be waited for.
  [[nodiscard]] os::ProcessHandle start(uint32_t slot, os::FdRef task_reader, os::FdRef result_writer);

  /// In a forked child of the owner: forgets it.
  void disown() { process_ = {}; }

  /// How the worker ended, in words: "was killed by signal 9 (SIGKILL)". It must have ended.
  [[nodiscard]] std::string collect(uint32_t slot);

 private:
  [[nodiscard]] ServerReply ask(uint32_t kind, uint32_t slot, std::span<const os::FdRef> descriptors,
                                std::vector<os::UniqueFd>& received);

  os::UniqueFd socket_;
  os::ProcessHandle process_;
};

}  // namespace mpr::pool
