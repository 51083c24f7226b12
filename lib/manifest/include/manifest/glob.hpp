// Files by pattern, as a shell finds them: *, ?, [...], ~ is a plain letter, names that begin with a dot only by a dot.
//
//   files_like("texts/*.txt")          // texts/a.txt texts/b.txt, in the order of their bytes, whatever the locale
//
// Errors: Error when no file is like it (more often a slip than meant), or a directory cannot be read.
#pragma once

#include <string>
#include <vector>

namespace mpr::manifest {

[[nodiscard]] std::vector<std::string> files_like(const std::string& pattern);

}  // namespace mpr::manifest
