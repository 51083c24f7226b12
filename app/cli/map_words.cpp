#include "cli/map_words.hpp"

#include <optional>
#include <utility>

#include "cli/usage_error.hpp"

namespace mpr::app {
namespace {

constexpr std::string_view kAttachedInputs = "--inputs=";

struct Marker {
  InputWords::Kind kind;
  bool linked;
};

/// What a word that begins a group of inputs begins.
std::optional<Marker> marker(std::string_view word) {
  if (word == "--inputs") return Marker{InputWords::Kind::specs, false};
  if (word == ":::") return Marker{InputWords::Kind::values, false};
  if (word == ":::+") return Marker{InputWords::Kind::values, true};
  if (word == "::::") return Marker{InputWords::Kind::files, false};
  if (word == "::::+") return Marker{InputWords::Kind::files, true};
  return std::nullopt;
}

bool begins_inputs(std::string_view word) {
  return marker(word).has_value() || word.starts_with(kAttachedInputs);
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Among inputs, where numbers may be negative.
bool is_option_among_inputs(std::string_view word) {
  return word == "-0" || (word.size() > 1 && word[0] == '-' && (word[1] == '-' || is_letter(word[1])));
}

bool is_option_before_command(std::string_view word) {
  return word.size() > 1 && word[0] == '-';
}

class Splitter {
 public:
  Splitter(std::span<const std::string> words, const TakesValue& takes_value)
      : rest_(words), takes_value_(takes_value) {}

  MapWords split() {
    while (!rest_.empty()) {
      const std::string& word = rest_.front();
      if (word == "--")
        take_verbatim_command();
      else if (const auto begins = marker(word))
        begin_group(*begins);
      else if (word.starts_with(kAttachedInputs))
        take_attached_group();
      else if (in_inputs_ ? is_option_among_inputs(word) : is_option_before_command(word))
        take_option();
      else if (in_inputs_)
        take_input();
      else
        take_command();
    }
    return std::move(result_);
  }

 private:
  const std::string& next() {
    const std::string& word = rest_.front();
    rest_ = rest_.subspan(1);
    return word;
  }

  void take_verbatim_command() {
    if (!result_.command.empty())
      throw UsageError("'--' after the inputs, but '" + result_.command.front() + "' is the command already",
                       "inputs that begin with a dash are written --inputs=SPEC, or come from a file");
    result_.command.assign(rest_.begin() + 1, rest_.end());
    rest_ = {};
  }

  void take_command() {
    while (!rest_.empty() && !begins_inputs(rest_.front())) result_.command.push_back(next());
    in_inputs_ = true;  // or at the end
  }

  void begin_group(Marker begins) {
    const std::string& word = next();
    if (begins.linked && result_.inputs.empty())
      throw UsageError("'" + word + "' links to the inputs before it, but there are none",
                       "begin with '" + word.substr(0, word.size() - 1) + "'");
    result_.inputs.push_back({begins.kind, begins.linked, {}});
    in_inputs_ = true;
    group_open_ = true;
  }

  void take_attached_group() {
    last_option_ = next();
    result_.inputs.push_back({InputWords::Kind::specs, false, {last_option_.substr(kAttachedInputs.size())}});
    group_open_ = false;
  }

  void take_option() {
    last_option_ = next();
    result_.options.push_back(last_option_);
    group_open_ = false;
    const bool has_value = !rest_.empty() && rest_.front() != "--" && !marker(rest_.front());
    if (has_value && takes_value_(last_option_)) result_.options.push_back(next());
  }

  void take_input() {
    if (group_open_) {
      result_.inputs.back().words.push_back(next());
      return;
    }
    const std::string word = "'" + next() + "'";
    const bool has_command = !result_.command.empty();
    throw UsageError("unexpected " + word + " after '" + last_option_ + "', which takes no further word",
                     has_command ? "write all inputs together, options before or after them"
                                 : "to make it the command, put '--' before it");
  }

  std::span<const std::string> rest_;
  const TakesValue& takes_value_;
  MapWords result_;
  bool in_inputs_ = false;   // after COMMAND, or after the word that began a group
  bool group_open_ = false;  // a plain word is one more input of the last group
  std::string last_option_;
};

}  // namespace

MapWords split_map_words(std::span<const std::string> words, const TakesValue& takes_value) {
  return Splitter(words, takes_value).split();
}

void require_command(const MapWords& words) {
  if (!words.command.empty()) return;
  if (words.inputs.empty())
    throw UsageError("no command was given", "write: mpr map COMMAND [ARG...] --inputs SPEC...");
  throw UsageError(
      "no command was given",
      "inputs go on to the end; put '--' before the command: mpr map --inputs SPEC... -- COMMAND [ARG...]");
}

}  // namespace mpr::app
