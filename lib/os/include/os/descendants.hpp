// The processes below this one: adopting them, finding them, ending them.
//
// A process whose parent dies goes to its nearest ancestor that is a subreaper (prctl(2), Linux 3.4), so a subreaper
// keeps hold of everything started below it, whatever setsid or double forks happened.
//
// Processes: these functions wait for *any* child of this process, so only programs that know all their children (mpr
//   and its workers) use them; a library must not.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "clock.hpp"
#include "process_handle.hpp"
#include "unique_fd.hpp"

namespace mpr::os {

void become_subreaper();

/// While one lives, children() needs no descriptor of its own: where none is to be had, processes must be found, and
/// ended, all the same. Of no use to a forked child, which makes its own.
class ChildrenAtHand {
 public:
  ChildrenAtHand();
  ChildrenAtHand(const ChildrenAtHand&) = delete;
  ChildrenAtHand& operator=(const ChildrenAtHand&) = delete;
  ~ChildrenAtHand();

  [[nodiscard]] bool is_of_this_process() const;
  /// The kernel's list; none where it has none.
  [[nodiscard]] std::optional<std::string> read() const;

 private:
  pid_t owner_;
  UniqueFd list_;
  const ChildrenAtHand* before_;
};

/// Makes this process the leader of a new process group: signals to the old group no longer reach it.
void lead_own_process_group();

/// What ps and top show as this process's name; 15 bytes at the most are kept.
void name_this_process(const char* name);

/// False when this process has no child at all, not even one to be reaped. Reaps those that have ended, except `keep`.
[[nodiscard]] bool reap_ended_children(const std::vector<pid_t>& keep = {});

/// Direct children, ended ones included. Uses /proc/<pid>/task/<tid>/children, or a scan of /proc where the kernel
/// lacks it (CONFIG_PROC_CHILDREN), or asks about every process there may be, where there is no /proc.
[[nodiscard]] std::vector<pid_t> children();
[[nodiscard]] std::vector<pid_t> children_except(const std::vector<pid_t>& keep);

/// Handles to watch children with: for as many of them as there are descriptors, and memory, to be had.
[[nodiscard]] std::vector<ProcessHandle> handles_of(const std::vector<pid_t>& children);

/// To a child that has not been waited for, so that its pid is still its own.
void signal_child(pid_t child, int signal);

/// For how long to wait at most before looking again: a child that ended may have left children of its own to us.
inline constexpr std::chrono::milliseconds kLookAgain{20};

/// Kills and reaps all children, and theirs as they arrive, except `keep`; false if some were still there at `deadline`
/// (a process in uninterruptible sleep cannot be killed).
bool end_descendants(Time deadline, const std::vector<pid_t>& keep = {});

}  // namespace mpr::os
