// ShellContext: reads a shell script from its start and knows whether it is between quotes.
//
//   ShellContext context;
//   context.read("echo \"");
//   context.between_quotes()           // true: whatever is put here is inside "..."
//
// A substitution in double quotes, "$(...)" or `...`, is a fresh start, as it is for the shell. Here-documents are not
// recognised: their text is read as if it were commands.
#pragma once

#include <string_view>
#include <vector>

namespace mpr::manifest {

class ShellContext {
 public:
  void read(std::string_view text);
  [[nodiscard]] bool between_quotes() const { return top() == '\'' || top() == '"'; }

 private:
  [[nodiscard]] char top() const { return open_.empty() ? '\0' : open_.back(); }
  void read(char c);
  void read_quoted(char c);
  void read_command(char c);
  void read_backquote();

  std::vector<char> open_;  // what is open around here, outermost first: ' " ` ( #
  char previous_ = '\n';
  bool escaped_ = false;
};

}  // namespace mpr::manifest
