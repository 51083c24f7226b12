#include "json_syntax.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace mpr::manifest {
namespace {

constexpr const char* kQuotesHint = "strings are written in double quotes";

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '+' ||
         c == '-' || c == '.';
}

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80;
}

size_t end_of_character(std::string_view text, size_t at) {
  size_t end = at + 1;
  while (end < text.size() && is_continuation(text[end])) ++end;
  return end;
}

/// `'x'`, with other quotes around a quote.
std::string quoted(std::string_view text) {
  if (text == "'") return "\"'\"";
  constexpr size_t kLongest = 40;
  if (text.size() > kLongest) return "'" + std::string(text.substr(0, kLongest)) + "...'";
  return "'" + std::string(text) + "'";
}

std::string token_at(std::string_view text, size_t at) {
  if (at >= text.size()) return "the end of the file";
  return quoted(text.substr(at, end_of_word(text, at) - at));
}

/// The value of four hexadecimal digits; none: there are not four.
std::optional<unsigned> hex_at(std::string_view text, size_t at) {
  const auto digits = text.substr(std::min(at, text.size()), 4);
  unsigned value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (digits.size() < 4 || error != std::errc{} || end != digits.data() + 4) return std::nullopt;
  return value;
}

/// What is wrong with the escape whose backslash is at `at`; moves behind it if nothing is.
std::optional<SyntaxMistake> explain_escape(std::string_view text, size_t& at) {
  const char c = at + 1 < text.size() ? text[at + 1] : 'n';  // an end of the text is not the escape's mistake
  if (c != 'u') {
    if (std::string_view("\"\\/bfnrt").find(c) == std::string_view::npos)
      return SyntaxMistake{at, "unknown escape " + quoted(text.substr(at, end_of_character(text, at + 1) - at)),
                           "a backslash is written \\\\"};
    at += 2;
    return std::nullopt;
  }
  const auto unit = hex_at(text, at + 2);
  if (!unit) return SyntaxMistake{at, "'\\u' needs four hexadecimal digits after it", {}};
  const bool high = *unit >= 0xD800 && *unit < 0xDC00;
  const bool low = *unit >= 0xDC00 && *unit < 0xE000;
  const auto pair = high && text.substr(at + 6, 2) == "\\u" ? hex_at(text, at + 8) : std::nullopt;
  if (low || (high && !(pair && *pair >= 0xDC00 && *pair < 0xE000)))
    return SyntaxMistake{at, quoted(text.substr(at, 6)) + " is half of a pair, without the other half", {}};
  at += high ? 12 : 6;
  return std::nullopt;
}

SyntaxMistake explain_string(std::string_view text, size_t start) {
  size_t at = start + 1;
  while (at < text.size() && text[at] != '"') {
    if (text[at] == '\n' || text[at] == '\r')
      return {start, "the string is not closed on its line", "a line end in a string is written \\n"};
    if (text[at] == '\t') return {at, "a tab stands in a string", "it is written \\t"};
    if (static_cast<unsigned char>(text[at]) < 0x20) return {at, "a control character stands in a string", {}};
    if (text[at] != '\\') {
      ++at;
    } else if (auto mistake = explain_escape(text, at)) {
      return *mistake;
    }
  }
  return {start, "the string is not closed", {}};
}

SyntaxMistake explain_number(std::string_view text, size_t at) {
  const auto number = text.substr(at, end_of_word(text, at) - at);
  double value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  const bool complete = end == number.data() + number.size();
  if (complete && error == std::errc::result_out_of_range) return {at, quoted(number) + " is too large a number", {}};
  return {at, quoted(number) + " is not a number", {}};
}

SyntaxMistake explain_value(std::string_view text, size_t at, const char* expected) {
  const char c = at < text.size() ? text[at] : '\0';
  if (c == '"') return explain_string(text, at);
  if (c == '-' || (c >= '0' && c <= '9')) return explain_number(text, at);
  const bool unquoted = is_word(c) || c == '\'';
  return {at, std::string("expected ") + expected + ", not " + token_at(text, at), unquoted ? kQuotesHint : ""};
}

SyntaxMistake explain_key(std::string_view text, size_t at, const char* expected) {
  if (at < text.size() && text[at] == '"') return explain_string(text, at);
  const bool unquoted = at < text.size() && (is_word(text[at]) || text[at] == '\'');
  return {at, std::string("expected ") + expected + ", not " + token_at(text, at),
          unquoted ? "keys are written in double quotes" : ""};
}

char separator_of(Expected expected) {
  if (expected == Expected::colon) return ':';
  const bool comma = expected == Expected::comma_or_close_array || expected == Expected::comma_or_close_object;
  return comma ? ',' : '\0';
}

}  // namespace

size_t skip_blanks(std::string_view text, size_t at) {
  while (at < text.size()) {
    if (is_blank(text[at])) {
      ++at;
    } else if (text.substr(at, 2) == "//") {
      at = std::min(text.find_first_of("\n\r", at), text.size());
    } else if (text.substr(at, 2) == "/*") {
      const size_t close = text.find("*/", at + 2);
      if (close == std::string_view::npos) return at;
      at = close + 2;
    } else {
      return at;
    }
  }
  return text.size();
}

size_t end_of_word(std::string_view text, size_t at) {
  size_t end = at;
  while (end < text.size() && is_word(text[end])) ++end;
  return end > at || at >= text.size() ? end : end_of_character(text, at);
}

SyntaxMistake explain_syntax(std::string_view text, size_t at, Expected expected) {
  at = skip_blanks(text, at);
  const char separator = separator_of(expected);
  const bool separated = separator != '\0' && at < text.size() && text[at] == separator;
  if (separated) at = skip_blanks(text, at + 1);
  if (text.substr(at, 2) == "/*") return {at, "the comment is not closed", "it ends with */"};
  switch (expected) {
    case Expected::value:
      return explain_value(text, at, "a value");
    case Expected::value_or_close:
      return explain_value(text, at, "a value or ']'");
    case Expected::key_or_close:
      return explain_key(text, at, "a key in double quotes or '}'");
    case Expected::colon:
      if (separated) return explain_value(text, at, "a value");
      return {at, "expected ':' after the key, not " + token_at(text, at), {}};
    case Expected::comma_or_close_array:
      if (separated) return explain_value(text, at, "a value after ','");
      return {at, "expected ',' or ']', not " + token_at(text, at), {}};
    case Expected::comma_or_close_object:
      if (separated) return explain_key(text, at, "a key in double quotes after ','");
      return {at, "expected ',' or '}', not " + token_at(text, at), {}};
    case Expected::end:
      break;
  }
  return {at, "expected the end of the file, not " + token_at(text, at), {}};
}

}  // namespace mpr::manifest
