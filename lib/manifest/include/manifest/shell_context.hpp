// ShellContext: reads a shell script from its start and knows where a value may be put in, quoted, as (part of) a word.
//
//   ShellContext context;
//   context.read("echo \"");
//   context.between_quotes()           // true: whatever is put here is inside "..."
//
// A substitution in double quotes, "$(...)" or `...`, is a fresh start, as it is for the shell. After `<<` nothing is
// certain any more: in a here-document quotes do not quote.
#pragma once

#include <string_view>
#include <vector>

namespace mpr::manifest {

class ShellContext {
 public:
  void read(std::string_view text);
  [[nodiscard]] bool between_quotes() const { return top() == '\'' || top() == '"'; }
  [[nodiscard]] bool after_here_document() const { return here_document_; }
  /// Whether a word put behind what was read, after a space, would be one more word of its last command: not the name
  /// of a command of its own, and not part of a quotation or comment.
  [[nodiscard]] bool takes_another_word() const;

 private:
  [[nodiscard]] char top() const { return open_.empty() ? '\0' : open_.back(); }
  void read(char c);
  void read_quoted(char c);
  void read_command(char c);
  void read_backquote();

  std::vector<char> open_;  // what is open around here, outermost first: ' " ` ( #
  char previous_ = '\n';
  char last_visible_ = '\n';  // other than blanks: what the next word follows
  bool here_document_ = false;
  bool escaped_ = false;
};

}  // namespace mpr::manifest
