// JobTasks: the tasks of one job, its command over its inputs, as a source for the runner.
//
//   InputSource inputs(std::move(groups), {});
//   TaskTemplate job{CommandTemplate::words(words, inputs.group_names())};
//   JobTasks tasks(std::move(inputs), std::move(job));
//
// Ownership: owns both. Errors, threads, processes: those of its parts.
#pragma once

#include <functional>
#include <optional>
#include <utility>

#include "manifest/input_source.hpp"
#include "manifest/task_template.hpp"
#include "runner/task_source.hpp"

namespace mpr::manifest {

class JobTasks final : public runner::TaskSource {
 public:
  /// Whether a row of inputs is left out.
  using LeaveOut = std::function<bool(const runner::Inputs&)>;

  /// `job` must have been compiled for the groups of `inputs`. `inputs`: none, and there is one task, without inputs.
  JobTasks(std::optional<InputSource> inputs, TaskTemplate job, LeaveOut leave_out = {})
      : inputs_(std::move(inputs)), job_(std::move(job)), leave_out_(std::move(leave_out)) {}

  [[nodiscard]] Next next(runner::Inputs& inputs) override;
  [[nodiscard]] os::FdRef wait_fd() const override { return inputs_ ? inputs_->wait_fd() : os::FdRef{}; }
  [[nodiscard]] std::optional<uint64_t> total() const override;
  [[nodiscard]] worker::Command command(const runner::Inputs& inputs, worker::TaskNumber number,
                                        std::optional<runner::Slot> slot) const override {
    return job_.fill(inputs, worker::place_of(number), slot);
  }
  [[nodiscard]] runner::RequestWords requests(const runner::Rows& rows, worker::TaskNumber first, runner::Slot slot,
                                              size_t process_words) const override {
    return job_.command.requests(rows, worker::place_of(first), slot, process_words);
  }

 private:
  [[nodiscard]] Next take(Next answer);

  std::optional<InputSource> inputs_;
  TaskTemplate job_;
  LeaveOut leave_out_;
  uint64_t given_ = 0;
  bool ended_ = false;
};

}  // namespace mpr::manifest
