// Which bytes are text, and how those that are not are written as text.
#pragma once

#include <string>
#include <string_view>

namespace mpr::report {

/// UTF-8 as Unicode defines it: no overlong forms, no surrogates, nothing beyond U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view bytes);

/// RFC 4648, with padding.
[[nodiscard]] std::string base64(std::string_view bytes);

}  // namespace mpr::report
