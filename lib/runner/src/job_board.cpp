#include "runner/job_board.hpp"

namespace mpr::runner {

JobBoard::JobBoard(const std::vector<std::vector<size_t>>& needs) : jobs_(needs.size()) {
  for (size_t job = 0; job < needs.size(); ++job) {
    jobs_[job].missing = needs[job].size();
    for (const size_t needed : needs[job]) jobs_[needed].needed_by.push_back(job);
    if (needs[job].empty()) ready_.push(job);
  }
}

std::optional<size_t> JobBoard::next_ready() {
  if (ready_.empty()) return std::nullopt;
  const size_t job = ready_.top();
  ready_.pop();
  jobs_[job].state = JobState::open;
  return job;
}

std::vector<size_t> JobBoard::ended(size_t job, JobState end) {
  jobs_[job].state = end;
  if (end == JobState::succeeded) {
    for (const size_t other : jobs_[job].needed_by) {
      if (--jobs_[other].missing == 0) ready_.push(other);
    }
  }
  return end == JobState::failed ? skip_for(job) : std::vector<size_t>{};
}

std::vector<size_t> JobBoard::skip_for(size_t job) {
  std::vector<size_t> skipped;
  std::vector<size_t> without{job};
  while (!without.empty()) {
    const size_t missing = without.back();
    without.pop_back();
    for (const size_t other : jobs_[missing].needed_by) {
      if (jobs_[other].state == JobState::skipped) continue;
      jobs_[other].state = JobState::skipped;
      jobs_[other].because = missing;
      skipped.push_back(other);
      without.push_back(other);
    }
  }
  return skipped;
}

}  // namespace mpr::runner
