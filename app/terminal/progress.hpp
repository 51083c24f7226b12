// Progress: when and how a run shows how far it is.
//
//   Progress progress(progress_style(mode, is_terminal(os::kStderr), std::getenv("TERM")), start, width_of_stderr);
//   write(progress.update(counters, total, now));      // in each turn of the event loop, which wakes at next()
//   write(progress.hide()); write(text); progress.wrote(text);      // for all else that goes to the same terminal
//   write(progress.finish(counters, total, now));
//
// It does no I/O: what the methods give back is to be written to stderr, and most often is nothing. On a terminal it is
// one line, drawn again and again in the same place: first after half a second, so that short runs do not flicker, then
// at most ten times a second, and never behind an unfinished line of something else. In a pipe or file it is whole
// lines, few and far between, and one at the end.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "os/clock.hpp"
#include "runner/scheduler.hpp"
#include "terminal/progress_line.hpp"
#include "terminal/task_rate.hpp"

namespace mpr::app {

enum class ProgressMode : uint8_t { automatic, always, never };
enum class ProgressStyle : uint8_t { none, redrawn_line, log_lines };

/// `term`: the value of TERM, or null. A dumb terminal cannot erase a line, so it is treated as a file.
[[nodiscard]] ProgressStyle progress_style(ProgressMode mode, bool is_terminal, const char* term);

class Progress {
 public:
  /// `width`: the terminal's, in columns; asked whenever a line is drawn.
  Progress(ProgressStyle style, os::Time start, std::function<unsigned()> width);

  [[nodiscard]] std::string update(const runner::Counters& counters, std::optional<uint64_t> total, os::Time now);
  /// To be written before anything else is written to the terminal. The line comes back with a later update().
  [[nodiscard]] std::string hide();
  /// What else was written to the terminal.
  void wrote(std::string_view text);
  /// Nothing is shown after it.
  [[nodiscard]] std::string finish(const runner::Counters& counters, std::optional<uint64_t> total, os::Time now);

  /// When update() wants to be called though nothing has happened.
  [[nodiscard]] os::Time next() const;

 private:
  [[nodiscard]] std::string draw(ProgressState state, os::Time now);
  [[nodiscard]] std::string log(ProgressState state, os::Time now);

  ProgressStyle style_;
  os::Time start_;
  std::function<unsigned()> width_;
  TaskRate rate_;
  os::Time due_;                ///< nothing is shown before
  os::Time refresh_;            ///< the line is old by then, even if no count has changed
  ProgressState drawn_;         ///< without its rate
  std::string line_;            ///< on the terminal now; empty when hidden
  bool changed_ = true;         ///< since it was drawn
  bool inside_a_line_ = false;  ///< of something else
};

}  // namespace mpr::app
