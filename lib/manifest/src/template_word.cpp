#include "manifest/template_word.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "manifest/error.hpp"
#include "manifest/input_group.hpp"
#include "manifest/path_parts.hpp"
#include "manifest/shell_context.hpp"
#include "manifest/shell_quote.hpp"

namespace mpr::manifest {
namespace {

std::string_view stem(std::string_view path) {
  return without_extension(base_name(path));
}

std::string list_names(std::span<const std::string> names) {
  std::vector<std::string> given;
  std::copy_if(names.begin(), names.end(), std::back_inserter(given), [](const auto& name) { return !name.empty(); });
  if (given.empty()) return "no input group has a name";
  std::string list = given.size() == 1 ? "the input group is named " : "the input groups are named ";
  for (size_t i = 0; i < given.size(); ++i) {
    if (i > 0) list += i + 1 == given.size() ? " and " : ", ";
    list += "'" + given[i] + "'";
  }
  return list;
}

using Place = ShellContext::Place;

/// Whether digits are the same there without quotes. (Elsewhere they may be a descriptor: 2>file.)
bool takes_digits(Place place) {
  return place == Place::quotes || place == Place::comment || place == Place::arithmetic || place == Place::parameter ||
         place == Place::escaped;
}

/// Ends "a placeholder stands ...".
std::string_view describe(Place place) {
  switch (place) {
    case Place::comment:
      return "in a comment, which a line break in a value would end";
    case Place::backquotes:
      return "between backquotes, where quotes do not hold";
    case Place::arithmetic:
      return "in $((...)), where quotes do not hold";
    case Place::parameter:
      return "in ${...}, where quotes may not hold";
    case Place::escaped:
      return "behind a backslash, which would undo a quote";
    case Place::here_document:
      return "behind '<<', where quotes may not hold";
    default:
      return "where it is not clear whether quotes hold";
  }
}

[[noreturn]] void refuse(Place place, const std::string& before) {
  if (place == Place::quotes) {
    throw Error("a placeholder stands between quotes, after '" + before + "'",
                "leave the quotes around it out: every value that is filled in is quoted already");
  }
  const char* hint = "put the value into a variable at the start of the script: x={}; ... \"$x\"";
  if (place == Place::here_document)
    hint = "use printf and a pipe, or put the value into a variable before: x={}; cat <<E";
  if (place == Place::backquotes) hint = "use $(...) instead of `...`";
  if (place == Place::comment || place == Place::escaped) hint = "for literal braces write '{{' and '}}'";
  throw Error("a placeholder stands " + std::string(describe(place)), hint);
}

}  // namespace

class TemplateWord::Parser {
 public:
  Parser(std::string_view word, std::span<const std::string> names) : word_(word), names_(names) {}

  std::vector<Piece> parse() {
    while (at_ < word_.size()) {
      if (!take_escape() && !take_placeholder()) literal_ += word_[at_++];
    }
    end_literal();
    return std::move(pieces_);
  }

 private:
  bool take_escape() {
    const auto pair = word_.substr(at_, 2);
    const bool opens = pair == "{{" && !after_dollar();
    const bool closes = pair == "}}" && open_ > 0;
    if (!opens && !closes) return false;
    open_ += opens ? 1 : -1;
    literal_ += pair.front();
    at_ += 2;
    return true;
  }

  bool take_placeholder() {
    if (word_[at_] != '{' || after_dollar()) return false;
    const size_t close = word_.find('}', at_);
    if (close == std::string_view::npos) return false;
    auto piece = placeholder(word_.substr(at_ + 1, close - at_ - 1));
    if (!piece) return false;
    end_literal();
    pieces_.push_back(std::move(*piece));
    at_ = close + 1;
    return true;
  }

  [[nodiscard]] bool after_dollar() const { return at_ > 0 && word_[at_ - 1] == '$'; }

  void end_literal() {
    if (literal_.empty()) return;
    Piece piece;
    piece.literal = std::exchange(literal_, {});
    pieces_.push_back(std::move(piece));
  }

  /// `text` is what stands between the braces. Nothing when that is no placeholder at all.
  [[nodiscard]] std::optional<Piece> placeholder(std::string_view text) const {
    Piece piece;
    if (text == "#" || text == "%") {
      piece.kind = text == "#" ? Kind::number : Kind::slot;
      return piece;
    }
    piece.kind = Kind::input;
    const size_t suffix = std::min(text.find_first_of("./"), text.size());
    if (!read_cut(text.substr(suffix), piece.cut)) return std::nullopt;
    const auto group = text.substr(0, suffix);
    if (group.empty()) {
      piece.end_group = names_.size();
      return piece;
    }
    const auto index = find_group(group, text);
    if (!index) return std::nullopt;
    piece.first_group = *index;
    piece.end_group = *index + 1;
    return piece;
  }

  static bool read_cut(std::string_view suffix, Cut& cut) {
    if (suffix.empty()) return true;
    if (suffix == ".") cut = without_extension;
    if (suffix == "/") cut = base_name;
    if (suffix == "//") cut = dir_name;
    if (suffix == "/.") cut = stem;
    return cut != nullptr;
  }

  [[nodiscard]] std::optional<size_t> find_group(std::string_view group, std::string_view text) const {
    if (std::all_of(group.begin(), group.end(), [](char c) { return c >= '0' && c <= '9'; })) {
      size_t number = 0;
      const auto error = std::from_chars(group.data(), group.data() + group.size(), number).ec;
      if (error == std::errc{} && number >= 1 && number <= names_.size()) return number - 1;
      fail(text,
           names_.size() == 1 ? "there is only group 1" : "the input groups are 1 to " + std::to_string(names_.size()));
    }
    if (!is_group_name(group)) return std::nullopt;
    const auto named = std::find(names_.begin(), names_.end(), group);
    if (named == names_.end()) fail(text, list_names(names_));
    return static_cast<size_t>(named - names_.begin());
  }

  [[noreturn]] static void fail(std::string_view text, const std::string& why) {
    const std::string word(text);
    throw Error("unknown placeholder '{" + word + "}': " + why, "for literal braces write '{{" + word + "}}'");
  }

  std::string_view word_;
  std::span<const std::string> names_;
  size_t at_ = 0;
  int open_ = 0;  // how many {{ are not closed yet
  std::string literal_;
  std::vector<Piece> pieces_;
};

TemplateWord::TemplateWord(std::string_view word, std::span<const std::string> group_names, Quoting quoting)
    : pieces_(Parser(word, group_names).parse()), quoting_(quoting) {
  if (quoting_ == Quoting::shell) check_places();
}

TemplateWord TemplateWord::literal(std::string word) {
  TemplateWord literal;
  literal.pieces_.push_back({.kind = Kind::literal, .literal = std::move(word)});
  return literal;
}

/// Refuses placeholders where the quotes around a value would not hold.
void TemplateWord::check_places() {
  ShellContext context;
  std::string before;
  for (auto& piece : pieces_) {
    if (piece.kind == Kind::literal) {
      context.read(piece.literal);
      before = piece.literal;
      continue;
    }
    const auto place = context.place();
    piece.bare = piece.kind != Kind::input && takes_digits(place);
    if (place != Place::command && !piece.bare) refuse(place, before);
    context.read("_");  // some part of a word
  }
}

bool TemplateWord::uses_inputs() const {
  return std::any_of(pieces_.begin(), pieces_.end(), [](const Piece& piece) { return piece.kind == Kind::input; });
}

bool TemplateWord::is_constant() const {
  return std::all_of(pieces_.begin(), pieces_.end(), [](const Piece& piece) { return piece.kind == Kind::literal; });
}

std::string TemplateWord::expand(const Values& values) const {
  std::string out;
  append_to(out, values);
  return out;
}

void TemplateWord::append_to(std::string& out, const Values& values) const {
  for (const auto& piece : pieces_) append(piece, values, out);
}

void TemplateWord::append(const Piece& piece, const Values& values, std::string& out) const {
  const auto insert = [&](std::string_view value) {
    if (quoting_ == Quoting::shell && !piece.bare)
      out += shell_quote(value);
    else
      out += value;
  };
  switch (piece.kind) {
    case Kind::literal:
      out += piece.literal;
      return;
    case Kind::number:
      insert(std::to_string(values.number));
      return;
    case Kind::slot:
      insert(std::to_string(values.slot));
      return;
    case Kind::input:
      break;
  }
  for (size_t group = piece.first_group; group < piece.end_group; ++group) {
    if (group > piece.first_group) out += ' ';
    insert(piece.cut != nullptr ? piece.cut(values.inputs[group]) : values.inputs[group]);
  }
}

}  // namespace mpr::manifest
