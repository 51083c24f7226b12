// ShellContext: reads a shell script from its start and knows where a value may be put in, quoted, as (part of) a word.
//
//   ShellContext context;
//   context.read("echo \"");
//   context.place()                    // Place::quotes: whatever is put here is inside "..."
//
// A substitution in double quotes, "$(...)", is a fresh start, as it is for the shell. In doubt, and where shells
// differ, the place is unclear, and stays so to the end of the script.
#pragma once

#include <string_view>
#include <vector>

namespace mpr::manifest {

class ShellContext {
 public:
  enum class Place {
    command,        ///< the only one in which a value that is quoted is a value, whatever is in it
    quotes,         ///< '...' "..." $'...'
    comment,        ///< which a line break in the value would end
    backquotes,     ///< which end at the next backquote, even if that is quoted
    arithmetic,     ///< $((...)): read as if between double quotes
    parameter,      ///< ${...}: the same, if that is between double quotes
    escaped,        ///< behind a backslash, which would be for the quote
    here_document,  ///< somewhere behind <<
    unclear,
  };

  void read(std::string_view text);
  [[nodiscard]] Place place() const;
  /// Whether a word put behind what was read, after a space, would be one more word of its last command: not the name
  /// of a command of its own, and not part of a quotation or comment.
  [[nodiscard]] bool takes_another_word() const;

 private:
  enum class Open {
    parentheses,
    substitution,  // $(
    single_quotes,
    dollar_quotes,
    double_quotes,
    comment,
    backquotes,
    arithmetic,  // twice for each, as it ends with two parentheses
    parameter,
    quoted_parameter,
  };

  [[nodiscard]] bool in(Open what) const { return !open_.empty() && open_.back() == what; }
  [[nodiscard]] bool in_quotes() const { return in(Open::double_quotes) || in(Open::quoted_parameter); }
  [[nodiscard]] bool in_command() const { return open_.empty() || in(Open::parentheses) || in(Open::substitution); }
  [[nodiscard]] bool in_literal() const;
  void read(char c);
  void read_literal(char c);
  void read_escaped(char c);
  void read_expanded(char c);
  void read_parenthesis(char c);
  void read_quote(char c);
  void read_command(char c);

  std::vector<Open> open_;  // what is open around here, outermost first
  char previous_ = '\n';
  char last_visible_ = '\n';   // other than blanks: what the next word follows
  unsigned case_letters_ = 0;  // of "case", read last
  bool escaped_ = false;
  bool ends_part_ = false;  // what was read last, of a word that may go on: like a letter, whatever it is
  bool here_document_ = false;
  bool unclear_ = false;
};

}  // namespace mpr::manifest
