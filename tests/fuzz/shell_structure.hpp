// shell_structure: how a shell takes a script apart, as text: all that is not quoted as it is, and Q for what is.
//
//   shell_structure("echo 'a b' \\' #c", Dialect::dash)      // "echo Q Q #c"
//
// Scripts that differ only in what is quoted have the same structure: so a value that is filled in is data when another
// value in its place leaves the structure as it is. Within double quotes and arithmetic, where a shell still expands,
// nothing is Q.
//
// Written apart from lib/manifest, which it is to find fault with. It does not know here-documents, continued lines,
// and the parentheses of a case's patterns.
#pragma once

#include <string>
#include <string_view>

namespace mpr::test {

enum class Dialect {
  dash,
  bash,  ///< also $'...', in which a backslash escapes
};

[[nodiscard]] std::string shell_structure(std::string_view script, Dialect dialect);

}  // namespace mpr::test
