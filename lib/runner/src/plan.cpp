#include "runner/plan.hpp"

#include <algorithm>

namespace mpr::runner {

std::string Plan::name_of(worker::TaskNumber number) const {
  const std::string& job = job_of(number).name;
  return (job.empty() ? "" : job + "/") + std::to_string(place_of(number));
}

std::optional<uint64_t> Plan::total() const {
  const bool all_open = std::all_of(jobs.begin(), jobs.end(), [](const Job& job) { return job.source != nullptr; });
  return all_open ? total_of_open() : std::nullopt;
}

std::optional<uint64_t> Plan::total_of_open() const {
  uint64_t sum = 0;
  for (const Job& job : jobs) {
    if (!job.source) continue;
    const auto total = job.source->total();
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
