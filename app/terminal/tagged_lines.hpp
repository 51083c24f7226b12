// LineTagger: puts the task's tag before every line of one stream of results.
//
//   LineTagger tagger;
//   tagger.append(prefix_of("", {"a", "1"}), bytes, out);     // "a 1\tfirst line\na 1\tsecond"
//   tagger.end_task(out);                              // "\n"
//
// Bytes come in pieces that end anywhere; pieces of another task only after the end of a line or of a task. A task
// whose last line has no newline is given one, which it did not write: else the next task's first line would follow it
// on the same line, without a tag that could be found. One tagger for stdout and one for stderr.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "runner/task_source.hpp"

namespace mpr::app {

/// The job's name, if it has one, and the inputs, joined by spaces, and a tab: one field of one line, in which control
/// characters, tabs among them, are made visible.
[[nodiscard]] std::string prefix_of(const std::string& job, const runner::Inputs& inputs);

class LineTagger {
 public:
  /// `prefix`: of the task that wrote the bytes. Without one, lines are only kept whole.
  void append(std::string_view prefix, std::span<const std::byte> bytes, std::string& out);
  void end_task(std::string& out);

 private:
  bool at_line_start_ = true;
};

}  // namespace mpr::app
