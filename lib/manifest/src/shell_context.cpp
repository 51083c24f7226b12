#include "manifest/shell_context.hpp"

#include <algorithm>

namespace mpr::manifest {

void ShellContext::read(std::string_view text) {
  for (const char c : text) {
    const bool was_escaped = escaped_;
    ends_part_ = was_escaped;
    read(c);
    // A backslash and a line break are nothing at all.
    if (escaped_ || (was_escaped && c == '\n')) continue;
    previous_ = ends_part_ ? '_' : c;
    if (previous_ != ' ' && previous_ != '\t') last_visible_ = previous_;
  }
}

ShellContext::Place ShellContext::place() const {
  if (unclear_) return Place::unclear;
  if (here_document_) return Place::here_document;
  if (escaped_) return Place::escaped;
  if (open_.empty()) return Place::command;
  switch (open_.back()) {
    case Open::parentheses:
    case Open::substitution:
      return Place::command;
    case Open::single_quotes:
    case Open::dollar_quotes:
    case Open::double_quotes:
      return Place::quotes;
    case Open::comment:
      return Place::comment;
    case Open::backquotes:
      return Place::backquotes;
    case Open::arithmetic:
      return Place::arithmetic;
    case Open::parameter:
    case Open::quoted_parameter:
      return Place::parameter;
  }
  return Place::unclear;
}

bool ShellContext::takes_another_word() const {
  const bool begins_command = std::string_view("\n;&|(!{").find(last_visible_) != std::string_view::npos;
  return open_.empty() && place() == Place::command && !begins_command;
}

/// Where nothing but its end is looked for.
bool ShellContext::in_literal() const {
  return in(Open::single_quotes) || in(Open::comment);
}

void ShellContext::read(char c) {
  if (in_literal())
    read_literal(c);
  else if (escaped_)
    read_escaped(c);
  else if (c == '\\')
    escaped_ = true;
  else if (in(Open::dollar_quotes) || in(Open::backquotes))
    read_literal(c);
  else
    read_expanded(c);
}

void ShellContext::read_literal(char c) {
  const char end = in(Open::comment) ? '\n' : in(Open::backquotes) ? '`' : '\'';
  if (c == end) open_.pop_back();
}

void ShellContext::read_escaped(char c) {
  escaped_ = false;
  // Whether that ends the quotation is where shells differ.
  if (in(Open::dollar_quotes) && c == '\'') unclear_ = true;
}

void ShellContext::read_expanded(char c) {
  if (c == '`') {
    open_.push_back(Open::backquotes);
  } else if (c == '{' && previous_ == '$') {
    open_.push_back(in_quotes() || in(Open::arithmetic) ? Open::quoted_parameter : Open::parameter);
  } else if (c == '}' && (in(Open::parameter) || in(Open::quoted_parameter))) {
    open_.pop_back();
  } else if (c == '(' || c == ')') {
    read_parenthesis(c);
  } else if (c == '\'' || c == '"') {
    read_quote(c);
  } else if (in_command()) {
    read_command(c);
  }
}

void ShellContext::read_parenthesis(char c) {
  if (c == ')') {
    if (in(Open::substitution) || in(Open::arithmetic)) ends_part_ = true;
    if (in(Open::parentheses) || ends_part_) open_.pop_back();
  } else if (previous_ == '$') {
    open_.push_back(Open::substitution);
  } else if (previous_ == '(' && in(Open::substitution)) {
    open_.back() = Open::arithmetic;
    open_.push_back(Open::arithmetic);
  } else if (in(Open::arithmetic)) {
    open_.push_back(Open::arithmetic);
  } else if (in_command()) {
    if (previous_ == '(') unclear_ = true;  // ((...)): arithmetic to some shells, commands to others
    open_.push_back(Open::parentheses);
  }
}

void ShellContext::read_quote(char c) {
  if (in(Open::double_quotes)) {
    if (c == '"') open_.pop_back();
  } else if (in(Open::quoted_parameter) || in(Open::arithmetic)) {
    unclear_ = true;  // it depends on the shell and on what is done to the parameter
  } else if (c == '"') {
    open_.push_back(Open::double_quotes);
  } else {
    open_.push_back(previous_ == '$' ? Open::dollar_quotes : Open::single_quotes);
  }
}

void ShellContext::read_command(char c) {
  constexpr std::string_view kCase = "case";
  const bool starts_word = std::string_view(" \t\n;&|()<>").find(previous_) != std::string_view::npos;
  if (c == '#' && starts_word) open_.push_back(Open::comment);
  if (c == '<' && previous_ == '<') here_document_ = true;
  if (starts_word) case_letters_ = 0;
  // Its patterns end with parentheses that have not been opened.
  if (case_letters_ == kCase.size() && (c == ' ' || c == '\t' || c == '\n') && !open_.empty()) unclear_ = true;
  case_letters_ = case_letters_ < kCase.size() && c == kCase[case_letters_] ? case_letters_ + 1 : 0;
}

}  // namespace mpr::manifest
