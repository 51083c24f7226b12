#include "shell_structure.hpp"

namespace mpr::test {
namespace {

constexpr std::string_view kBlanksAndOperators = " \t\n;&|()<>";

class Reader {
 public:
  Reader(std::string_view text, Dialect dialect, std::string& out) : text_(text), dialect_(dialect), out_(out) {}

  /// Up to `end`, which is not taken, or to the end of the text. In `word_only`, as in ${...}, # begins no comment.
  void read(char end, bool word_only = false) {
    bool word_starts = true;
    for (unsigned depth = 0; at_ < text_.size();) {
      const char c = text_[at_];
      if (c == end && depth == 0) return;
      if (!word_only && c == '(') ++depth;
      if (!word_only && c == ')' && depth > 0) --depth;
      if (c == '#' && word_starts && !word_only)
        comment();
      else
        unquoted(c);
      word_starts = kBlanksAndOperators.find(c) != std::string_view::npos;
    }
  }

 private:
  /// Whether what comes next is `what`, which is then taken.
  bool take(std::string_view what) {
    if (text_.substr(at_, what.size()) != what) return false;
    at_ += what.size();
    return true;
  }

  void quoted() {
    if (out_.empty() || out_.back() != 'Q') out_ += 'Q';
  }

  void comment() {
    while (at_ < text_.size() && text_[at_] != '\n') out_ += text_[at_++];
  }

  void unquoted(char c) {
    if (take("\\")) {
      if (at_ < text_.size() && text_[at_++] != '\n') quoted();
    } else if (dialect_ == Dialect::bash && take("$'")) {
      until_quote(true);
    } else if (take("'")) {
      until_quote(false);
    } else if (take("\"")) {
      double_quoted('"');
    } else if (!expansion(false)) {
      out_ += c;
      ++at_;
    }
  }

  void until_quote(bool escapes) {
    quoted();
    while (at_ < text_.size() && text_[at_] != '\'') at_ += escapes && text_[at_] == '\\' ? 2 : 1;
    ++at_;
  }

  /// All of it is written out: a shell looks for expansions in there.
  void double_quoted(char end) {
    out_ += '<';
    while (at_ < text_.size() && text_[at_] != end) {
      if (expansion(true)) continue;
      copy_escaped();
    }
    ++at_;
    out_ += '>';
  }

  bool expansion(bool in_double_quotes) {
    if (take("$((")) {
      out_ += "$((";
      arithmetic();
    } else if (take("$(")) {
      out_ += "$(";
      read(')');
      copy_one();
    } else if (take("${")) {
      out_ += "${";
      in_double_quotes ? double_quoted('}') : read('}', true);
      if (!in_double_quotes) copy_one();
    } else if (take("`")) {
      backquoted();
    } else {
      return false;
    }
    return true;
  }

  void copy_one() {
    if (at_ < text_.size()) out_ += text_[at_++];
  }

  /// A character, with the backslash before it.
  void copy_escaped() {
    if (text_[at_] == '\\') out_ += text_[at_++];
    copy_one();
  }

  void arithmetic() {
    for (unsigned depth = 2; at_ < text_.size() && depth > 0;) {
      if (expansion(true)) continue;
      if (text_[at_] == '(') ++depth;
      if (text_[at_] == ')') --depth;
      copy_escaped();
    }
  }

  /// A shell first looks for the end, whatever is quoted, and then reads what is before it, without its backslashes.
  void backquoted() {
    std::string inner;
    for (; at_ < text_.size() && text_[at_] != '`'; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size() &&
          std::string_view("\\`$").find(text_[at_ + 1]) != std::string_view::npos)
        ++at_;
      inner += text_[at_];
    }
    ++at_;
    out_ += '`';
    Reader(inner, dialect_, out_).read('\0');
    out_ += '`';
  }

  std::string_view text_;
  Dialect dialect_;
  std::string& out_;
  size_t at_ = 0;
};

}  // namespace

std::string shell_structure(std::string_view script, Dialect dialect) {
  std::string out;
  Reader(script, dialect, out).read('\0');
  return out;
}

}  // namespace mpr::test
