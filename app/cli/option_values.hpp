// Values of options, read and checked: what goes wrong is a UsageError that begins with the option's name.
#pragma once

#include <charconv>
#include <string>
#include <utility>
#include <vector>

#include "cli/usage_error.hpp"
#include "manifest/error.hpp"
#include "manifest/executor_choice.hpp"
#include "manifest/manifest_keys.hpp"
#include "mpr/affinity.hpp"

namespace mpr::app {

template <class Parse>
auto value_of(const char* option, const std::string& text, Parse parse) {
  try {
    return parse(text);
  } catch (const manifest::Error& error) {
    throw UsageError(std::string(option) + ": " + error.what(), error.hint());
  }
}

template <class Number>
Number parse_count(const std::string& text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{} && end == text.data() + text.size()) return number;
  throw manifest::Error("'" + text + "' is not a number from 0 up");
}

template <class Value>
Value choose(const char* option, const std::string& word, const std::vector<std::pair<std::string, Value>>& choices) {
  std::string known;
  for (const auto& [name, value] : choices) {
    if (name == word) return value;
    known += (known.empty() ? "" : ", ") + name;
  }
  throw UsageError(std::string(option) + ": '" + word + "' is none of " + known);
}

inline void refuse_together(bool first, bool second, const char* both) {
  if (first && second) throw UsageError(std::string(both) + " cannot be used together");
}

inline manifest::ExecutorChoice parse_executor(const char* option, const std::string& word) {
  std::vector<std::pair<std::string, manifest::ExecutorChoice>> choices;
  for (size_t choice = 0; choice < manifest::kExecutors.size(); ++choice) {
    choices.emplace_back(manifest::kExecutors[choice], static_cast<manifest::ExecutorChoice>(choice));
  }
  return choose(option, word, choices);
}

inline Affinity parse_affinity(const char* option, const std::string& word) {
  return choose<Affinity>(option, word,
                          {{"auto", Affinity::automatic},
                           {"core", Affinity::core},
                           {"thread", Affinity::thread},
                           {"none", Affinity::none}});
}

}  // namespace mpr::app
