// The library that makes a program a fork server when it is preloaded (fork_server/preload.cpp). mpr brings it along as
// bytes.
#pragma once

#include "os/unique_fd.hpp"

namespace mpr::worker {

/// A file in memory that holds the library.
[[nodiscard]] os::UniqueFd open_fork_server_library();

}  // namespace mpr::worker
