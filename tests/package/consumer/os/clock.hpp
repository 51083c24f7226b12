// The program's own, by a name that the library's headers use too: each must get its own.
#pragma once

#include <string_view>

namespace consumer::os {

inline constexpr std::string_view kClock = "the program's own clock";

}  // namespace consumer::os
