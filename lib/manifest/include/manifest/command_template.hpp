// CommandTemplate: the command of a plan, compiled once, filled in for each task.
//
//   auto convert = CommandTemplate::words({"convert", "{}", "{.}.png"}, names);
//   convert.argv({"cat.jpg"}, 1, 1)                            // convert cat.jpg cat.png
//   auto count = CommandTemplate::shell("sort {} | uniq -c", names);
//   count.argv({"a b.txt"}, 1, 1)                              // sh -c "sort 'a b.txt' | uniq -c"
//
// Placeholders are those of TemplateWord. Where no word has one for an input, the value of each group is appended: as
// a word of its own, or, to a script, quoted and after a space.
// Errors: those of TemplateWord.
// Threads: argv() may be called from several at once.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "manifest/template_word.hpp"
#include "runner/task_source.hpp"

namespace mpr::manifest {

class CommandTemplate {
 public:
  /// `group_names`: one for each input group, empty for those without.
  [[nodiscard]] static CommandTemplate words(std::span<const std::string> command,
                                             std::span<const std::string> group_names);
  [[nodiscard]] static CommandTemplate shell(std::string_view script, std::span<const std::string> group_names);

  [[nodiscard]] std::vector<std::string> argv(const runner::Inputs& inputs, worker::TaskNumber number,
                                              runner::Slot slot) const;

  /// For sh -c.
  [[nodiscard]] bool is_script() const { return quoting_ == TemplateWord::Quoting::shell; }
  /// How many words at the beginning are the same for every task ...
  [[nodiscard]] size_t constant_words() const;
  /// ... of which this is the first. There must be one.
  [[nodiscard]] std::string program() const;
  /// Whether tasks have words behind the first so many.
  [[nodiscard]] bool asks_beyond(size_t words) const { return appends_inputs_ || words_.size() > words; }
  /// The words from `first` on, for rows of which the first is the task with this number: what is asked of a process
  /// that the words before have started.
  [[nodiscard]] runner::RequestWords requests(const runner::Rows& rows, worker::TaskNumber number, runner::Slot slot,
                                              size_t first) const;

 private:
  CommandTemplate(std::span<const std::string> command, std::span<const std::string> group_names,
                  TemplateWord::Quoting quoting);

  std::vector<TemplateWord> words_;
  TemplateWord::Quoting quoting_;
  bool appends_inputs_;
};

}  // namespace mpr::manifest
