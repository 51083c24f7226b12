// The system calls that can be made to fail, by name. Those that this machine lacks (poll on arm64) have no number.
#pragma once

#include <string>
#include <vector>

namespace mpr::test {

/// Throws std::logic_error for a name that is not in the table; without those that this machine lacks.
[[nodiscard]] std::vector<int> call_numbers(const std::vector<std::string>& names);

[[nodiscard]] std::string call_name(int number);

}  // namespace mpr::test
