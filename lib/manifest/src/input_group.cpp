#include "manifest/input_group.hpp"

#include <algorithm>

#include "manifest/error.hpp"

namespace mpr::manifest {
namespace {

/// What stands before `=`, if that is a name.
std::string_view name_of(std::string_view word) {
  const size_t equals = word.find('=');
  if (equals == std::string_view::npos || !is_group_name(word.substr(0, equals))) return {};
  return word.substr(0, equals);
}

void check_not_a_name(std::string_view word, const std::string& group) {
  const auto name = name_of(word);
  if (name.empty()) return;
  throw Error("'" + std::string(word) + "' looks like a second name in the input group '" + group + "'",
              "give each named group its own --inputs, or write values that hold '=' after ':::'");
}

}  // namespace

bool is_group_name(std::string_view text) {
  const auto is_start = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !text.empty() && is_start(text.front()) && std::all_of(text.begin(), text.end(), [&](char c) {
    return is_start(c) || (c >= '0' && c <= '9') || c == '-';
  });
}

InputGroup specs_group(std::span<const std::string> words) {
  if (words.empty()) throw Error("'--inputs' needs one input at least", "a list that may be empty goes after ':::'");
  InputGroup group;
  group.name = name_of(words.front());
  std::string_view first = words.front();
  if (!group.name.empty()) {
    first.remove_prefix(group.name.size() + 1);
    if (first.empty() && words.size() == 1)
      throw Error("'" + words.front() + "' names an input group that has no inputs",
                  "to pass it as it is, write it after ':::'");
    for (const auto& word : words.subspan(1)) check_not_a_name(word, group.name);
  }
  group.specs.reserve(words.size());
  if (group.name.empty() || !first.empty()) group.specs.push_back(parse_input_spec(first));
  for (const auto& word : words.subspan(1)) group.specs.push_back(parse_input_spec(word));
  return group;
}

InputGroup values_group(std::span<const std::string> words) {
  InputGroup group;
  group.specs.assign(words.begin(), words.end());
  return group;
}

InputGroup files_group(std::span<const std::string> words) {
  if (words.empty()) throw Error("'::::' needs one file at least", "'-' is standard input");
  InputGroup group;
  group.specs.reserve(words.size());
  for (const auto& word : words) {
    if (word.empty()) throw Error("'' after '::::' names no file", "'-' is standard input");
    group.specs.emplace_back(LinesOf{word});
  }
  return group;
}

}  // namespace mpr::manifest
