// Gather: puts output and results into the order in which they are to be seen.
//
//   gather.output(task, inputs, stream, bytes);     as pieces arrive from the workers, in any order
//   gather.finished(task);
//   gather.answered(first, count, bytes);           several tasks at once, of which there is nothing else to tell
//   gather.pump(sink);                              as long as the sink has room
//
// in_order       the tasks' order; the first unfinished task's output is passed on as it comes, if it cannot be retried
// as_completed   each task's output whole, in the order in which tasks end
// by_line        each line whole, as it comes
//
// Memory: some bytes for each task that waits for its turn, and what Spill keeps; the rest is on disk.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "runner/sink.hpp"
#include "runner/spill.hpp"
#include "worker/wire.hpp"

namespace mpr::runner {

enum class Ordering : uint8_t { in_order, as_completed, by_line };

class Gather {
 public:
  /// `stream`: in_order may pass on the output of a task that has not finished. `first`: the number that the order
  /// begins with.
  Gather(Ordering ordering, bool stream, std::shared_ptr<Spill> spill, worker::TaskNumber first = 1);

  void output(worker::TaskNumber number, const Inputs& inputs, worker::Stream stream, std::span<const std::byte> bytes);
  /// Forgets what the task has written so far and has not been seen: it is tried again, or its output is not wanted.
  void discard(worker::TaskNumber number);
  void finished(const FinishedTask& task);
  /// Whether something was written by a task that has not finished.
  [[nodiscard]] bool has_written(worker::TaskNumber number) const { return open_.contains(number); }
  /// Not by_line, and not for tasks that have written something already.
  void answered(worker::TaskNumber first, uint32_t count, std::span<const std::byte> out);
  /// Tasks that have not finished by now never will: their places are left out.
  void close_gaps() { gaps_closed_ = true; }

  /// In order, and before anything was passed on: what the finished tasks have written to stdout, one after another.
  void read_finished(const std::function<void(std::span<const std::byte>)>& consume);

  /// Gives the sink what it has room for.
  void pump(Sink& sink);
  /// Part of one thing has been passed on: the rest is to follow before anything else.
  [[nodiscard]] bool midway() const { return passing_.has_value(); }
  /// Nothing waits that could be passed on now.
  [[nodiscard]] bool drained() const;
  /// What waits to be passed on, in memory and on disk.
  [[nodiscard]] uint64_t held_bytes() const { return spill_->held_bytes() + lines_.size() * kItemBytes; }

 private:
  struct Part {
    worker::Stream stream;
    Spill::Extent extent;
  };
  /// A task of which something has been written and that has not finished.
  struct Open {
    std::shared_ptr<const Inputs> inputs;
    std::vector<Part> parts;
  };
  /// What has come of tasks that follow one another: nothing yet, the record of one, or what several wrote to stdout.
  struct Outcome {
    Spill::Extent record;
    worker::TaskNumber first = 0;
    uint32_t tasks = 0;
    bool answers = false;  ///< the record is that output itself
  };
  /// One thing to be passed on: some output of a task, and then, if it has finished, its result. Or answers.
  struct Item {
    worker::TaskNumber number = 0;
    std::shared_ptr<const Inputs> inputs;
    std::vector<Part> parts;
    size_t passed = 0;  ///< of the parts
    std::optional<FinishedTask> finished;
    bool answers = false;
  };

  static constexpr uint64_t kItemBytes = 512;  // about what an Item takes

  void add_part(Open& task, worker::Stream stream, std::span<const std::byte> bytes);
  Open& open(worker::TaskNumber number, const Inputs& inputs);
  void queue_lines(worker::TaskNumber number, Open& task);
  [[nodiscard]] Spill::Extent store(const FinishedTask& task);
  [[nodiscard]] Item load(Spill::Extent record);
  [[nodiscard]] Item take(const Outcome& outcome);
  [[nodiscard]] std::optional<Item> take_next();
  [[nodiscard]] bool head_waits() const;
  /// False when the sink has no room for all of it.
  bool pass_on(Item& item, Sink& sink);

  Ordering ordering_;
  bool stream_;
  bool gaps_closed_ = false;
  std::shared_ptr<Spill> spill_;  ///< that of other jobs too
  worker::WireWriter wire_;
  std::unordered_map<worker::TaskNumber, Open> open_;
  worker::TaskNumber head_;        ///< in_order: the first task whose result has not been passed on
  std::deque<Outcome> finished_;   ///< in_order: by number, from head_ on; for several tasks, at the first of them
  std::deque<Outcome> completed_;  ///< as_completed
  std::deque<Item> lines_;         ///< by_line
  std::optional<Item> passing_;    ///< taken, and not wholly passed on
};

}  // namespace mpr::runner
