// Sink: where a run's output and results go, in the order in which they are to be seen.
//
// The sink is asked before each piece whether it has room, so that a slow reader of mpr's output holds nothing up but
// itself: what it does not take is kept by the gatherer.
#pragma once

#include <cstddef>
#include <span>

#include "runner/task_source.hpp"
#include "worker/task.hpp"

namespace mpr::runner {

/// A task that will not be tried again.
struct FinishedTask {
  Inputs inputs;
  Slot slot = 0;
  worker::Result result;
};

class Sink {
 public:
  virtual ~Sink() = default;

  [[nodiscard]] virtual bool ready() const = 0;
  virtual void output(worker::TaskNumber number, const Inputs& inputs, worker::Stream stream,
                      std::span<const std::byte> bytes) = 0;
  /// All output of the task has been given.
  virtual void finished(const FinishedTask& task) = 0;

  /// Whether it must be told of each task by itself. If not, those that have succeeded and written nothing to stderr
  /// may come several together ...
  [[nodiscard]] virtual bool wants_each() const { return true; }
  /// ... from this one on, as what they wrote to stdout.
  virtual void answered(worker::TaskNumber, std::span<const std::byte>) {}
};

}  // namespace mpr::runner
