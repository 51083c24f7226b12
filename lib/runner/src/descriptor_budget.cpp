#include "runner/descriptor_budget.hpp"

#include "runner/error.hpp"

namespace mpr::runner {
namespace {

// What a worker takes in the parent: its two queues and its pidfd.
constexpr uint64_t kEach = 3;
// What the parent takes for itself (signals, epoll, outputs, inputs, spilled output, the store, a worker's start), and
// what a worker takes for itself and its task, whichever is more, with some to spare.
constexpr uint64_t kOwn = 24;
constexpr const char* kHint = "raise it with ulimit -n";

}  // namespace

DescriptorBudget DescriptorBudget::of(std::optional<uint64_t> limit, uint64_t open, unsigned wanted) {
  if (!limit || *limit >= open + kOwn + kEach * wanted) return {wanted};
  const std::string told = "limit of open files " + std::to_string(*limit) + ": ";
  const uint64_t least = open + kOwn + kEach;
  if (*limit < least) throw RunError(told + "mpr needs " + std::to_string(least), kHint);
  const auto workers = static_cast<unsigned>((*limit - open - kOwn) / kEach);
  return {workers, told + "using " + std::to_string(workers) + " of " + std::to_string(wanted) + " workers; " + kHint};
}

}  // namespace mpr::runner
