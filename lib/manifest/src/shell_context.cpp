#include "manifest/shell_context.hpp"

#include <algorithm>

namespace mpr::manifest {

void ShellContext::read(std::string_view text) {
  for (const char c : text) {
    read(c);
    previous_ = c;
    if (c != ' ' && c != '\t') last_visible_ = c;
  }
}

bool ShellContext::takes_another_word() const {
  const bool begins_command = std::string_view("\n;&|(!{").find(last_visible_) != std::string_view::npos;
  return open_.empty() && !escaped_ && !here_document_ && !begins_command;
}

void ShellContext::read(char c) {
  if (escaped_) {
    escaped_ = false;
  } else if (top() == '\'') {
    if (c == '\'') open_.pop_back();
  } else if (top() == '#') {
    if (c == '\n') open_.pop_back();
  } else if (c == '\\') {
    escaped_ = true;
  } else if (c == '`') {
    read_backquote();
  } else if (top() == '"') {
    read_quoted(c);
  } else {
    read_command(c);
  }
}

void ShellContext::read_quoted(char c) {
  if (c == '"') open_.pop_back();
  if (c == '(' && previous_ == '$') open_.push_back(c);
}

void ShellContext::read_command(char c) {
  const bool starts_word = std::string_view(" \t\n;&|()").find(previous_) != std::string_view::npos;
  if (c == '\'' || c == '"' || c == '(' || (c == '#' && starts_word)) open_.push_back(c);
  if (c == ')' && top() == '(') open_.pop_back();
  if (c == '<' && previous_ == '<') here_document_ = true;
}

void ShellContext::read_backquote() {
  const auto opening = std::find(open_.begin(), open_.end(), '`');
  if (opening == open_.end())
    open_.push_back('`');
  else
    open_.erase(opening, open_.end());
}

}  // namespace mpr::manifest
