// One SPEC word of `--inputs`: what inputs it stands for.
//
//   1..4  10..1  0..100..5  -3..3    numbers; the third is the step, whose sign does not matter
//   001..100                         zeros in front of either end: all are as wide as the widest end, as in bash
//   a..e  e..a  a..z..5              letters of one case
//   @file  @-                        the lines of a file, of standard input
//   file.txt  x..y..z  1...4  ..     anything else is itself
//
// A word of two or more parts between `..`, of letters, digits, signs or nothing, with a number among them, means a
// range: when it is none (`1..x`, `4..`, `1..5..0`) it is an error, not a value. `:::` takes any word as a value.
//
// Errors: Error, which quotes the word.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "manifest/range.hpp"

namespace mpr::manifest {

/// The lines of a file.
struct LinesOf {
  std::string path;  ///< "-" is standard input
};

/// Many plain values, from elsewhere than a word.
using Values = std::vector<std::string>;

/// A plain value, a range, lines, or many values.
using InputSpec = std::variant<std::string, Range, LinesOf, Values>;

[[nodiscard]] InputSpec parse_input_spec(std::string_view word);

}  // namespace mpr::manifest
