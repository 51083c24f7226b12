#include "runner/plan.hpp"

namespace mpr::runner {

std::string Plan::name_of(worker::TaskNumber number) const {
  const std::string& job = job_of(number).name;
  return (job.empty() ? "" : job + "/") + std::to_string(place_of(number));
}

std::optional<uint64_t> Plan::total() const {
  uint64_t sum = 0;
  for (const Job& job : jobs) {
    const auto total = job.source ? job.source->total() : std::nullopt;
    if (!total || __builtin_add_overflow(sum, *total, &sum)) return std::nullopt;
  }
  return sum;
}

Plan plan_of(std::unique_ptr<TaskSource> source) {
  Plan plan;
  plan.jobs.emplace_back();
  plan.jobs.back().source = std::move(source);
  return plan;
}

}  // namespace mpr::runner
