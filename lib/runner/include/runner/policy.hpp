// Policy: what the scheduler has to keep to. Pure data.
//
// Units: memory in bytes; CPUs are counted as slots, of which each worker holds one.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "os/clock.hpp"
#include "worker/task.hpp"

namespace mpr::runner {

struct Retry {
  unsigned count = 0;     ///< further attempts of a task that failed
  os::Duration delay{0};  ///< before the first of them ...
  double backoff = 1;     ///< ... and this many times as long before each further one

  [[nodiscard]] os::Duration delay_before(uint32_t attempt) const;
};

/// Something of which there are only so many, each used by one task at a time: gpu, licence, ...
struct NamedSupply {
  std::string name;
  unsigned count = 0;
};

/// The variable that tells a task which of them it has: MPR_GPU for gpu, MPR_A_B for a-b.
[[nodiscard]] std::string supply_variable(const std::string& name);

/// What the tasks of a run share, besides the workers.
struct Supplies {
  uint64_t memory = UINT64_MAX;
  std::vector<NamedSupply> named{};
};

/// What one task takes of it, for as long as it runs.
struct Needs {
  unsigned cpus = 1;
  uint64_t memory = 0;
  std::vector<unsigned> named{};  ///< as many as supplies, or fewer: the rest is not needed

  /// No more than a worker.
  [[nodiscard]] bool plain() const {
    return cpus == 1 && memory == 0 && std::all_of(named.begin(), named.end(), [](unsigned n) { return n == 0; });
  }
};

struct JobPolicy {
  Retry retry;
  std::vector<int> success_codes{0};
  bool allow_failure = false;  ///< its failures fail neither the run nor those that need it
  bool puts_together = false;  ///< its tasks can be given to a worker many at a time
  Needs needs;

  [[nodiscard]] bool accepts(const worker::Result& result) const {
    return result.ending == worker::Ending::exited && result.status.signal() == 0 &&
           std::find(success_codes.begin(), success_codes.end(), result.status.code()) != success_codes.end();
  }
};

struct Policy {
  unsigned workers = 1;
  uint64_t max_failures = 0;  ///< failed tasks after which the run stops; 0: never
  std::vector<JobPolicy> jobs{JobPolicy{}};
  Supplies supplies;
};

}  // namespace mpr::runner
