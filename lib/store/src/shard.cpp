#include "store/shard.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "store/identity.hpp"

namespace mpr::store {
namespace {

using worker::TaskNumber;

/// The tasks of a source that are in the part. They keep the places that they have in the whole.
class Part final : public runner::TaskSource {
 public:
  Part(std::unique_ptr<runner::TaskSource> whole, Shard shard) : whole_(std::move(whole)), shard_(shard) {}

  [[nodiscard]] Next next(runner::Inputs& inputs) override {
    for (;;) {
      const Next next = whole_->next(inputs);
      if (next != Next::task) return next;
      ++place_;
      if (!is_in_part(whole_->command(inputs, place_, std::nullopt))) continue;
      places_.push_back(place_);
      return next;
    }
  }
  [[nodiscard]] os::FdRef wait_fd() const override { return whole_->wait_fd(); }
  [[nodiscard]] std::optional<uint64_t> total() const override {
    return whole_->total() == place_ ? std::optional<uint64_t>(places_.size()) : std::nullopt;
  }
  [[nodiscard]] worker::Command command(const runner::Inputs& inputs, TaskNumber number,
                                        std::optional<runner::Slot> slot) const override {
    return whole_->command(inputs, place(number), slot);
  }
  /// One that has not been given yet is the next.
  [[nodiscard]] uint64_t place(TaskNumber number) const override {
    const uint64_t own = worker::place_of(number);
    return own <= places_.size() ? places_[own - 1] : place_;
  }

 private:
  [[nodiscard]] bool is_in_part(const worker::Command& command) const {
    // Not the directory or what is read: they may differ between machines, or not be there yet.
    const Identity identity = identity_of({.argv = command.argv, .environment = command.environment});
    return identity.low % shard_.parts == shard_.part - 1;
  }

  std::unique_ptr<runner::TaskSource> whole_;
  Shard shard_;
  uint64_t place_ = 0;            ///< of the last task of the whole
  std::vector<uint64_t> places_;  ///< in the whole, of the tasks that were given
};

}  // namespace

std::vector<std::string> shard_plan(runner::Plan& plan, Shard shard) {
  std::vector<std::string> left_out;
  std::vector<bool> is_divided(plan.jobs.size(), false);  // or needs one that is
  const auto places = std::make_shared<std::map<size_t, size_t>>();
  std::vector<runner::Job> kept;
  for (size_t index = 0; index < plan.jobs.size(); ++index) {
    runner::Job& job = plan.jobs[index];
    const bool waits_for_all =
        std::any_of(job.needs.begin(), job.needs.end(), [&](size_t needed) { return is_divided[needed]; });
    is_divided[index] = waits_for_all || job.has_inputs;
    if (waits_for_all) {
      left_out.push_back(job.name);
      continue;
    }
    for (size_t& needed : job.needs) needed = places->at(needed);
    job.open = [open = job.open, places, divide = job.has_inputs, shard](const runner::GatheredOutput& outputs) {
      auto whole = open([&](size_t other) { return outputs(places->at(other)); });
      if (divide) whole = std::make_unique<Part>(std::move(whole), shard);
      return whole;
    };
    // Those of a part do not follow one another.
    if (job.has_inputs) job.policy.puts_together = false;
    (*places)[index] = kept.size();
    kept.push_back(std::move(job));
  }
  plan.jobs = std::move(kept);
  return left_out;
}

}  // namespace mpr::store
