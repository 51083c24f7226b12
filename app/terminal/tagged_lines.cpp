#include "terminal/tagged_lines.hpp"

#include "manifest/shell_quote.hpp"

namespace mpr::app {

std::string prefix_of(const std::string& job, const runner::Inputs& inputs) {
  std::string tag = job;
  for (const std::string& input : inputs) {
    if (!job.empty() || &input != &inputs.front()) tag += ' ';
    tag += manifest::printable(input);
  }
  return tag += '\t';
}

void LineTagger::append(std::string_view prefix, std::span<const std::byte> bytes, std::string& out) {
  std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  while (!text.empty()) {
    if (at_line_start_) out += prefix;
    const size_t newline = text.find('\n');
    at_line_start_ = newline != std::string_view::npos;
    const std::string_view line = at_line_start_ ? text.substr(0, newline + 1) : text;
    out += line;
    text.remove_prefix(line.size());
  }
}

void LineTagger::end_task(std::string& out) {
  if (!at_line_start_) out += '\n';
  at_line_start_ = true;
}

}  // namespace mpr::app
