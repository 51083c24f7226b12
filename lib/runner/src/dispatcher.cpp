#include "dispatcher.hpp"

#include <utility>

namespace mpr::runner {
namespace {

std::string join(const std::vector<unsigned>& numbers) {
  std::string text;
  for (const unsigned number : numbers) text += (text.empty() ? "" : ",") + std::to_string(number);
  return text;
}

/// In plan.supplies' order.
void add_supplies(const Holding& holding, const Plan& plan, std::vector<std::string>& variables) {
  for (size_t supply = 0; supply < holding.taken.units.size(); ++supply) {
    const std::vector<unsigned>& units = holding.taken.units[supply];
    if (units.empty()) continue;
    variables.push_back(supply_variable(plan.supplies.named[supply].name) + "=" + join(units));
  }
}

/// Of the worker itself and of those that idle for it; none where workers are not pinned.
std::vector<uint32_t> cpus_of(const Assign& assign, const Holding& holding, const PoolOptions& pool) {
  std::vector<uint32_t> cpus;
  if (holding.borrowed.empty() || pool.affinity.empty()) return cpus;
  const auto add = [&](Slot slot) {
    const auto& its = pool.affinity[slot - 1];
    cpus.insert(cpus.end(), its.begin(), its.end());
  };
  add(assign.slot);
  for (const Slot slot : holding.borrowed) add(slot);
  return cpus;
}

}  // namespace

void Dispatcher::post(const Assign& assign, WorkerPool& pool) const {
  const Job& job = plan_.job_of(assign.number);
  worker::Task task = frame_of(assign);
  task.command = plan_.command(scheduler_.inputs(assign.number), assign.number, assign.slot);
  if (!worker::is_persistent(job.executor)) return pool.post(assign.slot, task);
  worker::Batch batch;
  batch.common = std::move(task);
  batch.common.command.argv.resize(job.process_words);
  batch.place = plan_.place_of(assign.number);
  batch.count = assign.count;
  batch.recycle_after = job.recycle_after;
  auto requests = job.source->requests(scheduler_.rows(assign.number), assign.number, assign.slot, job.process_words);
  batch.words_each = requests.words_each;
  batch.requests = std::move(requests.bytes);
  pool.post(assign.slot, batch);
}

worker::Task Dispatcher::frame_of(const Assign& assign) const {
  const Job& job = plan_.job_of(assign.number);
  const Holding holding = scheduler_.holding(assign.number);
  worker::Task task;
  task.number = assign.number;
  task.attempt = assign.attempt;
  task.executor = job.executor;
  task.timeout = job.timeout;
  task.kill_after = job.kill_after;
  const uint64_t place = plan_.place_of(assign.number);
  if (place != worker::place_of(assign.number)) task.variables.push_back("MPR_TASK=" + std::to_string(place));
  if (!job.name.empty()) {
    task.variables.push_back("MPR_JOB=" + job.name);
    task.variables.push_back("MPR_CPUS=" + std::to_string(job.policy.needs.cpus));
  }
  add_supplies(holding, plan_, task.variables);
  task.cpus = cpus_of(assign, holding, options_);
  return task;
}

}  // namespace mpr::runner
