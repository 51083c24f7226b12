// Plan: what is to be run: jobs, in an order in which each comes after those that it needs.
//
//   Plan plan = plan_of(std::make_unique<MapPlan>(...));             // one job, as for `mpr map`
//   plan.jobs.push_back({.name = "sum", .needs = {0}, .open = ...});
//
// A job's tasks are known only once the jobs that it needs have ended: its inputs may be what they print. Until then it
// has no source.
//
// Ownership: owns the sources. Threads: none.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runner/policy.hpp"
#include "runner/task_source.hpp"

namespace mpr::runner {

/// Finds what the tasks of an ended job have written to stdout, in their order: the path of a file that mpr and its
/// tasks can read for as long as the run lasts.
using GatheredOutput = std::function<std::string(size_t job)>;

struct Job {
  std::string name;  ///< also MPR_JOB; empty: the only one, without a name
  JobPolicy policy;
  std::optional<os::Duration> timeout;               ///< of one attempt
  os::Duration kill_after{std::chrono::seconds(5)};  ///< from SIGTERM to SIGKILL
  std::vector<size_t> needs;                         ///< that must have succeeded before; all of smaller index
  worker::ExecutorKind executor = worker::ExecutorKind::exec;
  size_t process_words = 1;    ///< of a persistent one: how many words start the process
  uint64_t recycle_after = 0;  ///< tasks after which such a process is replaced; 0: never
  bool is_read = false;        ///< another job asks for its gathered output
  bool has_inputs = true;      ///< else it is one task, whatever else there is
  bool shown = true;           ///< its tasks' stdout is printed
  /// Called once, when all that it needs has succeeded. Throws std::runtime_error when the inputs cannot be had.
  std::function<std::unique_ptr<TaskSource>(const GatheredOutput&)> open;
  std::unique_ptr<TaskSource> source;  ///< once it is open
};

struct Plan {
  std::vector<Job> jobs;
  Supplies supplies;

  [[nodiscard]] const Job& job_of(worker::TaskNumber number) const { return jobs[worker::job_of(number)]; }
  [[nodiscard]] worker::Command command(const Inputs& inputs, worker::TaskNumber number,
                                        std::optional<Slot> slot) const {
    return job_of(number).source->command(inputs, number, slot);
  }
  [[nodiscard]] uint64_t place_of(worker::TaskNumber number) const { return job_of(number).source->place(number); }
  /// For people: "7", or "square/7" where jobs have names.
  [[nodiscard]] std::string name_of(worker::TaskNumber number) const;
  /// How many tasks there are in all, once that is known.
  [[nodiscard]] std::optional<uint64_t> total() const;
  /// The same of the jobs that have been opened.
  [[nodiscard]] std::optional<uint64_t> total_of_open() const;
};

/// One job without a name.
[[nodiscard]] Plan plan_of(std::unique_ptr<TaskSource> source);

}  // namespace mpr::runner
