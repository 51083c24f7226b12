#include "manifest/command_template.hpp"

#include <algorithm>

#include "manifest/error.hpp"
#include "manifest/shell_context.hpp"
#include "manifest/shell_quote.hpp"
#include "worker/wire.hpp"

namespace mpr::manifest {

CommandTemplate CommandTemplate::words(std::span<const std::string> command, std::span<const std::string> group_names) {
  return {command, group_names, TemplateWord::Quoting::none};
}

CommandTemplate CommandTemplate::shell(std::string_view script, std::span<const std::string> group_names) {
  const std::string word(script);
  CommandTemplate command{std::span(&word, 1), group_names, TemplateWord::Quoting::shell};
  if (!command.appends_inputs_) return command;
  ShellContext context;
  context.read(command.words_.front().expand({{}, 1, 1}));  // as a shell will see it, some digits aside
  if (!context.takes_another_word()) {
    throw Error("the script does not end in a command that could take the input as one more word",
                "say with {} where in the script the input belongs");
  }
  return command;
}

CommandTemplate::CommandTemplate(std::span<const std::string> command, std::span<const std::string> group_names,
                                 TemplateWord::Quoting quoting)
    : quoting_(quoting) {
  words_.reserve(command.size());
  for (const auto& word : command) words_.emplace_back(word, group_names, quoting);
  appends_inputs_ = !group_names.empty() &&
                    std::none_of(words_.begin(), words_.end(), [](const auto& word) { return word.uses_inputs(); });
}

size_t CommandTemplate::constant_words() const {
  if (quoting_ == TemplateWord::Quoting::shell) return 2;  // sh -c
  const auto first =
      std::find_if_not(words_.begin(), words_.end(), [](const auto& word) { return word.is_constant(); });
  return static_cast<size_t>(first - words_.begin());
}

std::string CommandTemplate::program() const {
  if (quoting_ == TemplateWord::Quoting::shell) return "sh";
  return words_.front().expand({{}, 1, 1});
}

runner::RequestWords CommandTemplate::requests(const runner::Rows& rows, worker::TaskNumber number, runner::Slot slot,
                                               size_t first) const {
  // What is appended to a command that has begun already is the row itself.
  if (appends_inputs_ && first == words_.size()) {
    return {rows.values_each(), {rows.bytes().begin(), rows.bytes().end()}};
  }
  worker::WireWriter wire;
  std::string word;
  runner::Inputs inputs;
  for (runner::Rows::Reader reader{rows}; reader.next(inputs); ++number) {
    const TemplateWord::Values values{inputs, number, slot};
    for (size_t place = first; place < words_.size(); ++place) {
      word.clear();
      words_[place].append_to(word, values);
      wire.put(word);
    }
    if (!appends_inputs_) continue;
    for (const std::string& input : inputs) wire.put(input);
  }
  const size_t words_each = words_.size() - first + (appends_inputs_ ? rows.values_each() : 0);
  return {static_cast<uint32_t>(words_each), {wire.bytes().begin(), wire.bytes().end()}};
}

std::vector<std::string> CommandTemplate::argv(const runner::Inputs& inputs, worker::TaskNumber number,
                                               runner::Slot slot) const {
  const TemplateWord::Values values{inputs, number, slot};
  if (quoting_ == TemplateWord::Quoting::shell) {
    std::string script = words_.front().expand(values);
    for (const auto& input : inputs)
      if (appends_inputs_) script += " " + shell_quote(input);
    return {"sh", "-c", std::move(script)};
  }
  std::vector<std::string> argv;
  argv.reserve(words_.size() + inputs.size());
  for (const auto& word : words_) argv.push_back(word.expand(values));
  if (appends_inputs_) argv.insert(argv.end(), inputs.begin(), inputs.end());
  return argv;
}

}  // namespace mpr::manifest
