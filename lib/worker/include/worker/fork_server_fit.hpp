// Which programs a fork server can be made of: unmodified, dynamically linked ones that use the GNU C library.
#pragma once

#include <optional>
#include <string>

#include "os/spawn.hpp"

namespace mpr::worker {

/// What the file shows, without running it. Nothing when nothing speaks against it. Throws std::system_error where it
/// could not be looked at for want of descriptors or memory, or is gone.
[[nodiscard]] std::optional<os::LoadProblem> fork_server_problem(const std::string& path);

/// The same for users: "it is statically linked", "it is a script of '/bin/sh'", ...
[[nodiscard]] std::optional<std::string> why_not_fork_server(const std::string& path);

}  // namespace mpr::worker
