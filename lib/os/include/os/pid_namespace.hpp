// PidNamespace: processes that the kernel ends all together (pid_namespaces(7)).
//
//   PidNamespace isolated;
//   {
//     const PidNamespace::Inside inside(isolated);
//     child = fork_child(body);                   // in the namespace, and so is all that it starts, whatever it does
//   }
//   isolated.end(deadline);                       // kills what is left in it
//
// Its first process, the init, is made here. When that ends, by this process's end in any way or by a signal, the
// kernel kills all others. What loses its parent falls to it, unless there is a subreaper in the namespace.
//
// Ownership: move-only; the destructor ends it. Children in it are the caller's to reap, and before end(): the init is
//   not gone while one of them has not been waited for.
// Errors: NamespaceRefused where the system does not allow it; std::runtime_error when its init is killed
//   before it has begun.
// Processes: the caller becomes a subreaper. Without CAP_SYS_ADMIN it moves, for good, to a user namespace of its own,
//   in which its user and group are mapped onto themselves, and no others. Threads: needs a process with one.
// Limits: /proc.
#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <utility>

#include "clock.hpp"
#include "fork.hpp"
#include "process_handle.hpp"
#include "unique_fd.hpp"

namespace mpr::os {

/// what() says in one line what was refused and, where that can be known, by which setting; hint() what to do.
class NamespaceRefused : public std::runtime_error {
 public:
  NamespaceRefused(const std::string& what, std::string hint) : std::runtime_error(what), hint_(std::move(hint)) {}
  [[nodiscard]] const std::string& hint() const { return hint_; }

 private:
  std::string hint_;
};

class PidNamespace {
 public:
  PidNamespace();
  PidNamespace(PidNamespace&&) noexcept = default;
  PidNamespace& operator=(PidNamespace&&) = delete;
  ~PidNamespace();

  [[nodiscard]] pid_t init() const { return init_.pid(); }

  /// While it lives, fork_child() of this process forks into the namespace.
  class Inside {
   public:
    explicit Inside(const PidNamespace& there);
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;
    ~Inside() = default;

   private:
    std::function<void()> enter_;
    ForkThrough through_;
  };

  /// Kills and reaps all that fell to the init. False when some was still there at `deadline`, or the init has ended.
  bool sweep(Time deadline);
  /// Whether the init has ended, or is about to, by no doing of ours; waits for it until `deadline`.
  [[nodiscard]] bool is_lost(Time deadline);
  /// Kills all that is in it; false when that was not gone at `deadline`.
  bool end(Time deadline);

 private:
  ProcessHandle init_;
  UniqueFd control_;  ///< the init ends when this does
  UniqueFd space_;
};

/// In a child that is in another PID namespace than /proc: gives it, and what it starts, a /proc of its own namespace,
/// in a mount namespace of its own. False where the kernel refuses (a container that covers parts of /proc).
bool mount_own_proc();

}  // namespace mpr::os
