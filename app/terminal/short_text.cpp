#include "terminal/short_text.hpp"

#include <algorithm>

#include "manifest/shell_quote.hpp"

namespace mpr::app {
namespace {

constexpr std::string_view kEllipsis = "...";

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r\v\f") == std::string_view::npos;
}

bool begins_a_code_point(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) != 0x80;
}

/// What a terminal would show of a line that was written over and over: what follows its last carriage return.
std::string_view as_left_on_screen(std::string_view line) {
  while (line.ends_with('\r')) line.remove_suffix(1);
  return line.substr(line.rfind('\r') + 1);  // npos + 1 is 0
}

}  // namespace

size_t columns_of(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), begins_a_code_point));
}

std::string cut(const std::string& text, size_t columns) {
  if (columns_of(text) <= columns) return text;
  const size_t kept = columns - std::min(columns, kEllipsis.size());
  size_t end = 0;
  for (size_t count = 0; end < text.size(); ++end) {
    if (begins_a_code_point(text[end]) && count++ == kept) break;
  }
  return text.substr(0, end).append(kEllipsis.substr(0, columns));
}

std::vector<std::string> last_lines(std::string_view text, size_t count) {
  std::vector<std::string> lines;
  while (!text.empty() && lines.size() < count) {
    const size_t begin = text.rfind('\n') + 1;
    const std::string_view line = as_left_on_screen(text.substr(begin));
    if (!is_blank(line)) lines.push_back(manifest::printable(line));
    text = text.substr(0, begin == 0 ? 0 : begin - 1);
  }
  std::reverse(lines.begin(), lines.end());
  return lines;
}

}  // namespace mpr::app
