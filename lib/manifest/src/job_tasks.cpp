#include "manifest/job_tasks.hpp"

namespace mpr::manifest {

runner::TaskSource::Next JobTasks::next(runner::Inputs& inputs) {
  if (!inputs_) {
    inputs.clear();
    return take(given_ == 0 ? Next::task : Next::end);
  }
  for (;;) {
    switch (inputs_->next(inputs)) {
      case Step::value:
        if (leave_out_ && leave_out_(inputs)) continue;
        return take(Next::task);
      case Step::wait:
        return Next::wait;
      case Step::end:
        return take(Next::end);
    }
  }
}

runner::TaskSource::Next JobTasks::take(Next answer) {
  if (answer == Next::task) ++given_;
  if (answer == Next::end) ended_ = true;
  return answer;
}

std::optional<uint64_t> JobTasks::total() const {
  if (ended_) return given_;
  if (!inputs_) return 1;
  return leave_out_ ? std::nullopt : inputs_->total();
}

}  // namespace mpr::manifest
