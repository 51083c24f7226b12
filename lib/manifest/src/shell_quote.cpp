#include "manifest/shell_quote.hpp"

#include <algorithm>
#include <cstdint>

namespace mpr::manifest {
namespace {

bool is_bare(std::string_view word, bool is_command) {
  const auto is_plain = [&](char c) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) return true;
    if (c == '=') return !is_command;  // else it would be an assignment
    return std::string_view("_@%+:,./-").find(c) != std::string_view::npos;
  };
  return !word.empty() && std::all_of(word.begin(), word.end(), is_plain);
}

struct CodePoint {
  uint32_t value = 0;
  size_t bytes = 0;  ///< 0: not UTF-8
};

CodePoint decode(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(text[i])); };
  const uint32_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return {};
  uint32_t value = lead & (0x7FU >> length);
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return {};
    value = value << 6U | (byte(i) & 0x3FU);
  }
  const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
  const bool surrogate = value >= 0xD800 && value < 0xE000;
  if (overlong || surrogate || value > 0x10FFFF) return {};
  return {value, length};
}

bool is_harmless(uint32_t c) {
  const bool control = c < 0x20 || (c >= 0x7F && c < 0xA0);
  const bool line_end = c == 0x2028 || c == 0x2029;
  const bool direction = c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
  return !control && !line_end && !direction;
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Whether a command to a CI service would be read here, at `at`: "##[error]" and "##vso[..." (GitHub, Azure Pipelines,
/// TeamCity) anywhere in a line, "::error::" (GitHub) behind blanks only.
bool begins_ci_command(std::string_view text, size_t at) {
  const std::string_view rest = text.substr(at);
  if (rest.starts_with("##")) {
    const auto* const end = std::find_if_not(rest.begin() + 2, rest.end(), is_letter);
    return end != rest.end() && *end == '[';
  }
  if (!rest.starts_with("::") || rest.size() == 2 || !is_letter(rest[2])) return false;
  return text.substr(0, at).find_first_not_of(' ') == std::string_view::npos;
}

void append_escaped(std::string& out, char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '\n':
      out += "\\n";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\r':
      out += "\\r";
      return;
    default:
      break;
  }
  const auto byte = static_cast<unsigned char>(c);
  out += "\\x";
  out += kHex[byte >> 4U];
  out += kHex[byte & 0xFU];
}

}  // namespace

std::string shell_quote(std::string_view word) {
  std::string quoted;
  quoted.reserve(word.size() + 2);
  quoted += '\'';
  for (const char c : word) {
    if (c == '\'')
      quoted += "'\\''";
    else
      quoted += c;
  }
  quoted += '\'';
  return quoted;
}

std::string shell_join(std::span<const std::string> argv) {
  std::string line;
  for (size_t i = 0; i < argv.size(); ++i) {
    if (i > 0) line += ' ';
    line += is_bare(argv[i], i == 0) ? argv[i] : shell_quote(argv[i]);
  }
  return line;
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const CodePoint point = decode(text.substr(at));
    const auto piece = text.substr(at, std::max<size_t>(1, point.bytes));
    if (point.bytes > 0 && is_harmless(point.value) && !begins_ci_command(text, at))
      out += piece;
    else
      for (const char c : piece) append_escaped(out, c);
    at += piece.size();
  }
  return out;
}

}  // namespace mpr::manifest
