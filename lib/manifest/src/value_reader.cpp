#include "value_reader.hpp"

#include <algorithm>
#include <charconv>

#include "manifest/duration.hpp"
#include "manifest/nearest_name.hpp"
#include "manifest/size.hpp"

namespace mpr::manifest {
namespace {

bool is_whole(std::string_view number) {
  return number.find_first_of(".eE") == std::string_view::npos;
}

void require_whole(JsonValue value, const std::string& expected) {
  if (!value.is(JsonKind::number)) value.fail_kind(expected);
  if (!is_whole(value.text())) value.fail("expected " + expected + ", not " + std::string(value.text()));
}

/// `1e-3`, which is JSON, but not what people write for a duration.
os::Duration duration_of_exponent(JsonValue value) {
  double seconds = 0;
  (void)std::from_chars(value.text().data(), value.text().data() + value.text().size(), seconds);
  constexpr double kNanoseconds = 1e9;
  constexpr double kLongest = 9.2e9;  // 292 years of seconds
  if (seconds < 0) value.fail(quote(value.text()) + " is not a duration: it is negative");
  if (seconds > kLongest) value.fail(quote(value.text()) + " is not a duration: it is longer than 292 years");
  return os::Duration(static_cast<int64_t>(seconds * kNanoseconds));
}

}  // namespace

std::string quote(std::string_view text) {
  return "'" + std::string(text) + "'";
}

void require_string(JsonValue value, const std::string& expected) {
  if (value.is(JsonKind::string)) return;
  const bool number = value.is(JsonKind::number);
  value.fail_kind(expected, number ? "write it as a string: \"" + std::string(value.text()) + "\"" : std::string());
}

std::string read_string(JsonValue value, const std::string& expected) {
  require_string(value, expected);
  if (value.text().find('\0') != std::string_view::npos)
    value.fail("it holds a NUL byte, which no argument, path or variable can");
  return std::string(value.text());
}

std::string read_path(JsonValue value) {
  auto path = read_string(value);
  if (path.empty()) value.fail("an empty string is not a path");
  return path;
}

std::vector<std::string> read_strings(JsonValue value) {
  if (value.is(JsonKind::string)) return {read_string(value)};
  if (!value.is(JsonKind::array)) value.fail_kind("a string or an array of strings");
  std::vector<std::string> strings;
  strings.reserve(value.elements().size());
  for (const auto element : value.elements()) strings.push_back(read_string(element));
  return strings;
}

std::string read_text(JsonValue value, const std::string& expected) {
  if (value.is(JsonKind::string)) return read_string(value);
  if (!value.is(JsonKind::number)) value.fail_kind(expected);
  const std::string number(value.text());
  if (!is_whole(number))
    value.fail("expected " + expected + ", not " + number, "write it as a string: \"" + number + "\"");
  return number;
}

bool read_boolean(JsonValue value) {
  if (!value.is(JsonKind::boolean_true) && !value.is(JsonKind::boolean_false)) value.fail_kind("true or false");
  return value.is(JsonKind::boolean_true);
}

uint64_t read_number(JsonValue value, uint64_t least, uint64_t most) {
  require_whole(value, "a whole number");
  const auto text = value.text();
  uint64_t number = 0;
  const auto error = std::from_chars(text.data(), text.data() + text.size(), number).ec;
  if (error != std::errc{} || number < least || number > most) {
    const bool open = most == UINT64_MAX && error != std::errc::result_out_of_range;
    value.fail("expected a number " +
               (open ? "of " + std::to_string(least) + " or more"
                     : "from " + std::to_string(least) + " to " + std::to_string(most)) +
               ", not " + std::string(text));
  }
  return number;
}

os::Duration read_duration(JsonValue value) {
  if (!value.is(JsonKind::string) && !value.is(JsonKind::number))
    value.fail_kind("a duration (a string such as \"5m\", or a number of seconds)");
  if (value.is(JsonKind::number) && value.text().find_first_of("eE") != std::string_view::npos)
    return duration_of_exponent(value);
  return parse_at(value, [&] { return parse_duration(value.text()); });
}

uint64_t read_memory(JsonValue value) {
  uint64_t bytes = 0;
  if (value.is(JsonKind::string)) {
    bytes = parse_at(value, [&] { return parse_size(value.text()); });
  } else {
    require_whole(value, "a size (a string such as \"500M\", or a whole number of bytes)");
    bytes = read_number(value, 0, UINT64_MAX);
  }
  if (bytes == 0) value.fail("expected more than no memory");
  return bytes;
}

size_t read_choice(JsonValue value, Names names, const std::string& expected) {
  if (!value.is(JsonKind::string)) value.fail_kind(expected);
  const auto found = std::find(names.begin(), names.end(), value.text());
  if (found == names.end())
    value.fail(quote(value.text()) + " is not known here",
               hint_nearest(value.text(), names, "what is known here: " + list_names(names)));
  return static_cast<size_t>(found - names.begin());
}

void check_object(JsonValue value, Names keys, const std::string& expected) {
  if (!value.is(JsonKind::object)) value.fail_kind(expected);
  for (const auto member : value.members())
    if (std::find(keys.begin(), keys.end(), member.key.text()) == keys.end()) fail_unknown_key(member.key, keys);
}

void fail_unknown_key(JsonValue key, Names keys) {
  key.fail("unknown key", hint_nearest(key.text(), keys, "the keys known here: " + list_names(keys)));
}

std::string list_names(Names names) {
  std::string list;
  for (const auto name : names) {
    if (!list.empty()) list += ", ";
    list += name;
  }
  return list;
}

std::string hint_nearest(std::string_view word, Names names, const std::string& otherwise) {
  NearestName nearest(word);
  for (const auto name : names) nearest.consider(name);
  auto hint = nearest.hint();
  return hint.empty() ? otherwise : hint;
}

}  // namespace mpr::manifest
