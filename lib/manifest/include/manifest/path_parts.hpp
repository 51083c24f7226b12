// The parts of a path, as basename(1) and dirname(1) name them. Text only: the file need not exist.
#pragma once

#include <string_view>

namespace mpr::manifest {

/// "a/b.c" -> "b.c", "a/b/" -> "b", "/" -> "/", "" -> "".
[[nodiscard]] std::string_view base_name(std::string_view path);

/// "a/b.c" -> "a", "a/b/" -> "a", "b" -> ".", "/b" -> "/", "" -> ".".
[[nodiscard]] std::string_view dir_name(std::string_view path);

/// Without the last dot after the last slash, and what follows it: "a.b/c.d.e" -> "a.b/c.d", "a.b/c" -> "a.b/c".
[[nodiscard]] std::string_view without_extension(std::string_view path);

}  // namespace mpr::manifest
