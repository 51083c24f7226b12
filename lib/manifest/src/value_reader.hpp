// Values of a document as the plain values they stand for.
//
// Errors: each throws ManifestError, at the value, for one of another type or out of range.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "manifest/error.hpp"
#include "manifest/located_json.hpp"
#include "os/clock.hpp"

namespace mpr::manifest {

using JsonValue = LocatedJson::Value;
using JsonKind = LocatedJson::Kind;
using Names = std::span<const std::string_view>;

/// For arguments, paths and the environment, which cannot hold a NUL byte.
[[nodiscard]] std::string read_string(JsonValue value, const std::string& expected = "a string");
void require_string(JsonValue value, const std::string& expected = "a string");
[[nodiscard]] std::string read_path(JsonValue value);  ///< not empty

/// A string, or an array of strings.
[[nodiscard]] std::vector<std::string> read_strings(JsonValue value);

/// A string, or a whole number, which stands for itself.
[[nodiscard]] std::string read_text(JsonValue value, const std::string& expected = "a string or a whole number");

[[nodiscard]] bool read_boolean(JsonValue value);
[[nodiscard]] uint64_t read_number(JsonValue value, uint64_t least, uint64_t most);
[[nodiscard]] os::Duration read_duration(JsonValue value);
[[nodiscard]] uint64_t read_memory(JsonValue value);  ///< more than 0

/// Which of `names`.
[[nodiscard]] size_t read_choice(JsonValue value, Names names, const std::string& expected = "a string");

/// Object with no keys but these.
void check_object(JsonValue value, Names keys, const std::string& expected = "an object");
[[noreturn]] void fail_unknown_key(JsonValue key, Names keys);

/// "print, keep, discard"
[[nodiscard]] std::string list_names(Names names);
/// Did you mean one of these? Else `otherwise`.
[[nodiscard]] std::string hint_nearest(std::string_view word, Names names, const std::string& otherwise);

/// "'x'"
[[nodiscard]] std::string quote(std::string_view text);

/// Calls `parse`, which knows of no document, and reports its Error at `value`.
template <class Parse>
auto parse_at(JsonValue value, Parse parse) {
  try {
    return parse();
  } catch (const Error& error) {
    value.fail(error.what(), error.hint());
  }
}

}  // namespace mpr::manifest
