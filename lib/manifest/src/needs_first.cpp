#include <functional>
#include <queue>

#include "manifest/manifest.hpp"

namespace mpr::manifest {

std::vector<JobIndex> needs_first(std::span<const Job> jobs) {
  std::vector<size_t> missing(jobs.size());  // needs that have no place yet
  std::vector<std::vector<JobIndex>> needed_by(jobs.size());
  // The first of the document is taken of all that could be next.
  std::priority_queue<JobIndex, std::vector<JobIndex>, std::greater<>> ready;
  for (JobIndex job = 0; job < jobs.size(); ++job) {
    missing[job] = jobs[job].needs.size();
    for (const JobIndex need : jobs[job].needs) needed_by[need].push_back(job);
    if (missing[job] == 0) ready.push(job);
  }
  std::vector<JobIndex> order;
  order.reserve(jobs.size());
  while (!ready.empty()) {
    const JobIndex job = ready.top();
    ready.pop();
    order.push_back(job);
    for (const JobIndex other : needed_by[job])
      if (--missing[other] == 0) ready.push(other);
  }
  return order;
}

}  // namespace mpr::manifest
