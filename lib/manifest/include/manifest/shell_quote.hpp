// Words written so that a shell, or a person at a terminal, reads them as they are.
//
//   shell_quote("it's")                        // 'it'\''s'
//   shell_join({"grep", "-e", "a b", "x"})     // grep -e 'a b' x
//   printable("a\x1b[2Jb")                     // a\x1b[2Jb, as text
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace mpr::manifest {

/// In single quotes, always: unlike a bare word, that is safe wherever a shell reads a word (`2` before `>` is a
/// descriptor, `a=b` and `if` before a command are more than words). Holds for every byte but NUL.
[[nodiscard]] std::string shell_quote(std::string_view word);

/// A command line to be read, and to be pasted into sh: words that need no quotes have none.
[[nodiscard]] std::string shell_join(std::span<const std::string> argv);

/// For messages: one line that cannot carry terminal escapes, nor commands to a CI service that reads the log. Control
/// characters (also those of C1), what is not UTF-8, what changes the direction of writing, and the first character of
/// "##word[" and of a leading "::word" appear as \n, \t, \r or \xNN; all else is left as it is.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace mpr::manifest
