// A file without a name: gone with the process that holds it, however that ends.
#pragma once

#include <cstddef>
#include <string>

#include "unique_fd.hpp"

namespace mpr::os {

/// $TMPDIR, or /tmp.
[[nodiscard]] std::string temporary_directory();

/// Throws std::system_error when `directory` cannot hold one.
[[nodiscard]] UniqueFd open_unlinked_file(const std::string& directory);

/// Gives the disk space of a range back; the file keeps its length. Best effort: not every file system can.
void punch_hole(FdRef file, size_t offset, size_t bytes);

}  // namespace mpr::os
