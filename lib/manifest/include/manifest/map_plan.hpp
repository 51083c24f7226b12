// MapPlan: one command over many inputs, as a source of tasks for the runner.
//
//   InputSource inputs(std::move(groups), {});
//   auto command = CommandTemplate::words(words, inputs.group_names());
//   MapPlan plan(std::move(inputs), std::move(command));
//
// Ownership: owns both. Errors, threads, processes: those of its parts.
#pragma once

#include <utility>

#include "manifest/command_template.hpp"
#include "manifest/input_source.hpp"
#include "runner/task_source.hpp"

namespace mpr::manifest {

class MapPlan final : public runner::TaskSource {
 public:
  /// `command` must have been compiled for the groups of `inputs`.
  MapPlan(InputSource inputs, CommandTemplate command) : inputs_(std::move(inputs)), command_(std::move(command)) {}

  [[nodiscard]] Next next(runner::Inputs& inputs) override;
  [[nodiscard]] os::FdRef wait_fd() const override { return inputs_.wait_fd(); }
  [[nodiscard]] std::optional<uint64_t> total() const override { return inputs_.total(); }
  [[nodiscard]] worker::Command command(const runner::Inputs& inputs, worker::TaskNumber number,
                                        std::optional<runner::Slot> slot) const override {
    worker::Command command;
    command.argv = command_.argv(inputs, worker::place_of(number), slot.value_or(0));
    return command;
  }

 private:
  InputSource inputs_;
  CommandTemplate command_;
};

}  // namespace mpr::manifest
