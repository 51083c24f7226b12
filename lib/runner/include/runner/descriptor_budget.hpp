// DescriptorBudget: how many workers the limit of open files has room for. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace mpr::runner {

struct DescriptorBudget {
  unsigned workers = 0;      ///< no more than were asked for
  std::string warning = {};  ///< one line; empty when it is as many as were asked for

  /// `limit`: of open files; none: there is no limit. `open`: those that are open already. Throws RunError when there
  /// is no room for a single worker.
  [[nodiscard]] static DescriptorBudget of(std::optional<uint64_t> limit, uint64_t open, unsigned wanted);
};

}  // namespace mpr::runner
