// InputGroup: the inputs of one `--inputs`, `:::` or `::::`, in the order written.
//
//   specs_group({"n=1..3", "10"})      // --inputs n=1..3 10     named 'n': 1 2 3 10
//   specs_group({"n=", "1..3", "10"})  // --inputs n= 1..3 10    the same
//   values_group({"1..3"})             // ::: 1..3               the one value '1..3'
//   files_group({"list", "-"})         // :::: list -            the lines of 'list', then of standard input
//
// A name is what stands before `=` in the first word of an `--inputs` group, if it is [A-Za-z_][A-Za-z0-9_-]*. Later
// words are never names; in a named group a later word that looks like one (`--inputs x=1..3 y=1..3`) is an error,
// since it was meant either as a second group or as a value like the first. Values such as `a=b` go after `:::`.
//
// Errors: Error. A group of specs or files needs one at least; `:::` may be empty (a shell's glob that found nothing).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "manifest/input_spec.hpp"

namespace mpr::manifest {

struct InputGroup {
  std::string name;     ///< empty: it has none
  bool linked = false;  ///< advances together with the group before it, instead of for each of its values
  std::vector<InputSpec> specs;
};

[[nodiscard]] InputGroup specs_group(std::span<const std::string> words);
[[nodiscard]] InputGroup values_group(std::span<const std::string> words);
[[nodiscard]] InputGroup files_group(std::span<const std::string> words);

/// [A-Za-z_][A-Za-z0-9_-]*
[[nodiscard]] bool is_group_name(std::string_view text);

}  // namespace mpr::manifest
