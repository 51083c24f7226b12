// Much text that no two places of are alike, for what carries text.
#pragma once

#include <cstddef>
#include <random>
#include <string>

namespace mpr::test {

/// `size` bytes: lines of about thirty letters, with NUL and invalid UTF-8 in them.
[[nodiscard]] std::string random_text(std::mt19937& random, size_t size);

}  // namespace mpr::test
