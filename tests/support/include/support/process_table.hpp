// The kernel's list of processes, as /proc tells it.
//
// Limits: a process that ends while it is looked at is left out. Zombies are listed only by children_of.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace mpr::test {

/// Live processes whose environment has exactly this `NAME=value`.
[[nodiscard]] std::vector<pid_t> processes_with(const std::string& assignment);

/// Live processes of a session.
[[nodiscard]] std::vector<pid_t> processes_of_session(pid_t session);

/// Children, ended and unreaped ones included.
[[nodiscard]] std::vector<pid_t> children_of(pid_t parent);

/// False for a zombie too.
[[nodiscard]] bool is_alive(pid_t pid);

/// "4711 (sleep 1000)".
[[nodiscard]] std::string describe_process(pid_t pid);

}  // namespace mpr::test
