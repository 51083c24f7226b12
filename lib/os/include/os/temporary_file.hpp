// A file without a name: gone with the process that holds it, however that ends.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "unique_fd.hpp"

namespace mpr::os {

/// $TMPDIR, or /tmp.
[[nodiscard]] std::string temporary_directory();

/// Throws std::system_error when `directory` cannot hold one.
[[nodiscard]] UniqueFd open_unlinked_file(const std::string& directory);

/// A file in memory that holds these bytes, to be read from its beginning.
[[nodiscard]] UniqueFd file_of(std::string_view bytes);

/// A path under which other processes of this user can open the file for as long as this process holds it.
[[nodiscard]] std::string path_of(FdRef file);

/// Opens for reading what a program is to have as its input: any path, and those of path_of() also where keep_proc()
/// was called. Throws std::system_error.
[[nodiscard]] UniqueFd open_input(const std::string& path);

/// Before this process gets another /proc, where processes have other numbers.
void keep_proc();

/// Gives the disk space of a range back; the file keeps its length. Best effort: not every file system can.
void punch_hole(FdRef file, size_t offset, size_t bytes);

}  // namespace mpr::os
