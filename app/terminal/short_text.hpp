// Parts of long texts, fit for a line of a terminal.
//
//   cut("a long command", 10)                       // a long ...
//   last_lines("first\n\nsecond\n", 1)             // second
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mpr::app {

/// Code points, which are columns of all but a few scripts; `text` is UTF-8.
[[nodiscard]] size_t columns_of(std::string_view text);

/// Without its end when it is longer than that; `text` is UTF-8.
[[nodiscard]] std::string cut(const std::string& text, size_t columns);

/// The last lines that are not blank, at most `count`, in order, without control characters; of a line that was written
/// over and over, what was left of it on the screen.
[[nodiscard]] std::vector<std::string> last_lines(std::string_view text, size_t count);

}  // namespace mpr::app
