// TaskSource: where a run's tasks come from, one by one, as the runner asks for them.
//
// A source has the tasks of one job. The runner reads no further ahead than its workers can use, so it may be endless
// (`yes | mpr map echo`).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "os/unique_fd.hpp"
#include "runner/inputs.hpp"
#include "runner/rows.hpp"
#include "worker/task.hpp"

namespace mpr::runner {

/// What is asked for each of some tasks, as worker::Requests reads it.
struct RequestWords {
  uint32_t words_each = 0;
  std::vector<std::byte> bytes;
};

class TaskSource {
 public:
  enum class Next {
    task,  ///< `inputs` holds the next task's
    wait,  ///< nothing yet: ask again when wait_fd() is readable
    end,   ///< there are no more
  };

  virtual ~TaskSource() = default;

  /// Never blocks. Throws std::runtime_error when the inputs cannot be read to their end; what was given before stands.
  [[nodiscard]] virtual Next next(Inputs& inputs) = 0;
  [[nodiscard]] virtual os::FdRef wait_fd() const = 0;

  /// How many tasks it has in all, once that is known.
  [[nodiscard]] virtual std::optional<uint64_t> total() const = 0;

  /// The task's place in its job: another than that of its number where the source has part of a job's tasks.
  [[nodiscard]] virtual uint64_t place(worker::TaskNumber number) const { return worker::place_of(number); }

  /// What a task of this source runs. Without a slot: what is the same in every slot, by which the task is known.
  [[nodiscard]] virtual worker::Command command(const Inputs& inputs, worker::TaskNumber number,
                                                std::optional<Slot> slot) const = 0;

  /// What is asked for these rows, the first of which has this number, of a process that so many words of the command
  /// have started: the other words of each.
  [[nodiscard]] virtual RequestWords requests(const Rows& rows, worker::TaskNumber first, Slot slot,
                                              size_t process_words) const;
};

}  // namespace mpr::runner
