// What a run is set up with, from what it was asked for.
#pragma once

#include <csignal>
#include <vector>

#include "runner/run.hpp"

namespace mpr::runner {

/// The signals that end a run or suspend it, but for those that mpr was told to ignore (nohup).
inline std::vector<int> run_signals(const os::SignalState& started_with) {
  std::vector<int> signals{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
  std::erase_if(signals, [&](int signal) { return started_with.ignores(signal); });
  return signals;
}

inline Policy policy_of(const RunOptions& options, const Plan& plan) {
  Policy policy{options.pool.workers, options.max_failures, {}, plan.supplies};
  for (const Job& job : plan.jobs) policy.jobs.push_back(job.policy);
  return policy;
}

}  // namespace mpr::runner
