// Supervisor: what an executor needs from its worker while a task runs: somewhere to put output and results, and word
// of whether to go on.
#pragma once

#include "os/clock.hpp"
#include "os/process_handle.hpp"
#include "os/unique_fd.hpp"
#include "worker/residents.hpp"
#include "worker/task.hpp"
#include "worker/wire.hpp"

namespace mpr::worker {

enum class Wish : uint8_t {
  go_on,
  cancel,   ///< SIGTERM, and SIGKILL if that does not help
  end_now,  ///< SIGKILL: the parent has gone, or cannot wait
};

class Supervisor {
 public:
  virtual ~Supervisor() = default;

  /// Becomes readable when the parent has something to say: call read_orders() then.
  [[nodiscard]] virtual os::FdRef orders() const = 0;
  virtual void read_orders() = 0;
  [[nodiscard]] virtual Wish wish() const = 0;

  /// Becomes readable when a child has ended: call reap_orphans() then, so that what a long task orphans is not left as
  /// zombies until it ends.
  [[nodiscard]] virtual os::FdRef child_ends() const = 0;
  virtual void reap_orphans(const os::ProcessHandle& main_process) = 0;

  virtual void output(TaskNumber number, Stream stream, std::span<const std::byte> bytes) = 0;
  /// False while the parent is not taking what it was sent: the task's pipes fill up, and the task waits.
  [[nodiscard]] virtual bool accepts_output() const = 0;
  /// Output goes up in batches. Call pass_on() when this time has come ...
  [[nodiscard]] virtual os::Time pass_on_at() const = 0;
  /// ... or this, if there is one, becomes writable.
  [[nodiscard]] virtual os::FdRef congested_queue() const = 0;
  virtual void pass_on() = 0;

  /// For executors whose processes stay. They are spared when what a task left behind is ended.
  [[nodiscard]] virtual Residents& residents() = 0;
  /// The tasks of the batch that have not been begun are wanted back ...
  [[nodiscard]] virtual bool recalled() const = 0;
  /// ... and here they are: from this one on.
  virtual void give_back(TaskNumber first, uint32_t count) = 0;
  /// A task of the batch has succeeded, has written this to stdout, and nothing to stderr. Much is better given to
  /// output() and ended().
  virtual void answered(TaskNumber number, os::Duration elapsed, std::span<const std::byte> out) = 0;
  /// A task of the batch is over; all its output has been given.
  virtual void ended(const Result& result) = 0;
};

}  // namespace mpr::worker
