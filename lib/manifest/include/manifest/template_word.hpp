// TemplateWord: one word of a command with its placeholders found, ready to be filled in for task after task.
//
//   TemplateWord word("out/{/.}-{#}.png", names);
//   word.expand({.inputs = row, .number = 3, .slot = 1})       // out/cat-3.png for the row "in/cat.jpg"
//
//   {}  {.}  {/}  {//}  {/.}      the input; without its extension; basename; dirname; basename without extension
//   {1} {1.} {1/} {1//} {1/.}     of the first group, and so on. Without a number: of every group, joined by spaces
//   {name} {name.} ...            of the group of that name
//   {#} {%}                       the task's number (from 1); its slot
//   {{ ... }}                     literal braces. `}}` is one brace only where it closes a `{{` of the same word
//
// Every other brace stays as it is (`{print $1}`, `{a,b}`, `{a:{b:1}}`), and so does one directly after `$`, which
// belongs to a shell (`${HOME}`). What is filled in is never read again for placeholders.
//
// Errors: Error for a `{word}` or `{3}` that names no group: more often a slip than a word meant literally; in a script
//   also for a placeholder where the quotes of the value would not hold and it could run as a command: between quotes
//   or backquotes, behind a backslash or `<<`, in a comment, $((...)) or ${...}, and wherever that is not clear. `{#}`
//   and `{%}` are refused only between backquotes, behind `<<` and where it is not clear.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runner/task_source.hpp"

namespace mpr::manifest {

class TemplateWord {
 public:
  enum class Quoting {
    none,   ///< as they are
    shell,  ///< the word is a script: every value that is filled in is quoted for sh
  };

  struct Values {
    const runner::Inputs& inputs;
    worker::TaskNumber number;
    runner::Slot slot;
  };

  /// `group_names`: one for each group, empty for those without.
  TemplateWord(std::string_view word, std::span<const std::string> group_names, Quoting quoting = Quoting::none);

  /// Without placeholders, whatever braces it has.
  [[nodiscard]] static TemplateWord literal(std::string word);

  [[nodiscard]] bool uses_inputs() const;
  /// The same for every task.
  [[nodiscard]] bool is_constant() const;
  [[nodiscard]] std::string expand(const Values& values) const;
  void append_to(std::string& out, const Values& values) const;

 private:
  enum class Kind { literal, input, number, slot };
  using Cut = std::string_view (*)(std::string_view);

  struct Piece {
    Kind kind = Kind::literal;
    std::string literal;
    size_t first_group = 0;  // joined from this one ...
    size_t end_group = 0;    // ... up to, and without, this one
    Cut cut = nullptr;       // what to keep of each value; none: all
    bool bare = false;       // digits where quotes would not hold, which need none
  };

  TemplateWord() : quoting_(Quoting::none) {}

  class Parser;
  void check_places();
  void append(const Piece& piece, const Values& values, std::string& out) const;

  std::vector<Piece> pieces_;
  Quoting quoting_;
};

}  // namespace mpr::manifest
