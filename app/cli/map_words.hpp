// Which of the words after `mpr map` are mpr's options, which are the command's, and which are inputs.
//
//   mpr map   [OPTIONS] COMMAND [ARG...] [--inputs SPEC... | ::: VALUE... | :::: FILE...]... [OPTIONS]
//   mpr map   [OPTIONS] --inputs SPEC... [OPTIONS] -- COMMAND [ARG...]
//
// * mpr's options end at the first plain word, COMMAND. From there on every word is the command's, also one that begins
//   with a dash, up to one that is exactly `--inputs`, `:::`, `:::+`, `::::` or `::::+`, or begins with `--inputs=`.
// * After such a word come inputs. There, a word that begins with a dash and a letter or a second dash is an option of
//   mpr, as is `-0`; `-`, `-5` and `-3..3` are inputs. An option ends its group: inputs do not go on after it.
// * `--inputs=SPEC` is a group of that one SPEC, and may stand wherever options may.
// * After `--` all words are the command's. It may stand before COMMAND, or after inputs when there is no COMMAND yet.
//
// Pure: knows nothing of what options there are but what `takes_value` says.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mpr::app {

/// One group of inputs, as written.
struct InputWords {
  enum class Kind {
    specs,   ///< --inputs
    values,  ///< :::
    files,   ///< ::::
  };

  Kind kind = Kind::specs;
  bool linked = false;  ///< `:::+`, `::::+`: to the group before it
  std::vector<std::string> words;
};

struct MapWords {
  std::vector<std::string> options;  ///< with their values, in order
  std::vector<std::string> command;
  std::vector<InputWords> inputs;
};

/// Whether an option, as written (`-j`, `-j4`, `--workers`, `--workers=4`), has its value in the word after it.
using TakesValue = std::function<bool(std::string_view option)>;

/// Throws UsageError. A missing command is not one: it may be that --help or --shell needs none; see require_command.
[[nodiscard]] MapWords split_map_words(std::span<const std::string> words, const TakesValue& takes_value);

/// Throws UsageError when there is no command, and says where it has to stand.
void require_command(const MapWords& words);

}  // namespace mpr::app
