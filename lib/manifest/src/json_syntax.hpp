// Where the tokens of a JSON text are, and what is wrong where there is none. See LocatedJson.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mpr::manifest {

/// What may come next in a text.
enum class Expected {
  value,
  value_or_close,  ///< after `[`
  key_or_close,    ///< after `{`
  colon,
  comma_or_close_array,
  comma_or_close_object,
  end,
};

struct SyntaxMistake {
  size_t at;  ///< offset in the text
  std::string what;
  std::string hint;
};

/// The first byte from `at` on that is not blank and not in a comment; the end if there is none. A comment that is none
/// (`/x`), or is not closed, is stopped at.
[[nodiscard]] size_t skip_blanks(std::string_view text, size_t at);

/// The end of the word or number that starts at `at`; one character at least.
[[nodiscard]] size_t end_of_word(std::string_view text, size_t at);

/// Explains why a text has no token that fits after `at`, up to where all is well.
[[nodiscard]] SyntaxMistake explain_syntax(std::string_view text, size_t at, Expected expected);

}  // namespace mpr::manifest
