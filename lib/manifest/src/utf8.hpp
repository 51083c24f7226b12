// Whether a text is UTF-8, as the Unicode standard has it: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <string_view>

namespace mpr::manifest {

/// The offset of the first character that is not; npos: all is well.
[[nodiscard]] size_t find_not_utf8(std::string_view text);

}  // namespace mpr::manifest
