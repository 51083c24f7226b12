// FrontEnd: what the runner needs of the program around it: a sink that can be flushed, and a place to show progress.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "os/clock.hpp"
#include "runner/counters.hpp"
#include "runner/sink.hpp"

namespace mpr::runner {

class FrontEnd : public Sink {
 public:
  /// Writes what was given, as far as it is taken. Never blocks. Throws std::system_error when it cannot be written.
  virtual void flush() = 0;
  /// What must become writable before the rest can be written; empty when all is written.
  [[nodiscard]] virtual std::vector<os::FdRef> blocked() const = 0;
  /// Nobody reads the results any more.
  [[nodiscard]] virtual bool closed() const = 0;

  /// Says something that is no task's, to be seen at once: one line.
  virtual void warn(const std::string& /*text*/) {}
  virtual void progress(const Counters& counters, std::optional<uint64_t> total, os::Time now) = 0;
  /// Takes away what progress() shows, until it is called again: the run stands still.
  virtual void hide_progress() {}
  /// When progress() is wanted next.
  [[nodiscard]] virtual os::Time next_progress() const = 0;
};

}  // namespace mpr::runner
