// TaskTemplate: what the tasks of a job run, with placeholders for their inputs: the command, and all that goes with
// it.
//
//   TaskTemplate job{.command = CommandTemplate::words({"cc", "-c", "{}"}, names)};
//   job.directory = TemplateWord("build/{arch}", names);
//   worker::Command command = job.fill(row, 3, 1);
//
// Threads: fill() may be called from several at once.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "manifest/command_template.hpp"
#include "manifest/template_word.hpp"
#include "runner/task_source.hpp"

namespace mpr::manifest {

struct TaskTemplate {
  struct Variable {
    std::string name;
    std::optional<TemplateWord> value;  ///< none: the tasks do not have it
  };

  CommandTemplate command;
  std::vector<Variable> environment{};
  std::optional<TemplateWord> directory{};
  worker::Input::Kind input = worker::Input::Kind::nothing;
  std::optional<TemplateWord> input_value{};  ///< the text or the file's path
  worker::Output::Kind output = worker::Output::Kind::gathered;
  std::optional<TemplateWord> output_path{};

  /// `place`: the task's in its job, from 1.
  [[nodiscard]] worker::Command fill(const runner::Inputs& inputs, uint64_t place,
                                     std::optional<runner::Slot> slot) const;
};

}  // namespace mpr::manifest
