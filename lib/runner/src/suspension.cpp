#include "suspension.hpp"

namespace mpr::runner {
namespace {

// Most stop within a millisecond; some may be starting a process.
constexpr std::chrono::seconds kPatience{3};

}  // namespace

void Suspension::begin(WorkerPool& pool, Slot slots, os::Time now) {
  if (since_) return;
  since_ = now;
  for (Slot slot = 1; slot <= slots; ++slot) {
    if (!pool.running(slot)) continue;
    pool.post(slot, worker::Order::suspend);
    awaited_.insert(slot);
  }
}

bool Suspension::is_complete(os::Time now) const {
  return since_ && (awaited_.empty() || now >= *since_ + kPatience);
}

os::Time Suspension::next_look() const {
  return since_ ? *since_ + kPatience : os::kNever;
}

void Suspension::end(WorkerPool& pool, Slot slots) {
  os::Clock::forget_since(*since_);
  since_.reset();
  awaited_.clear();
  for (Slot slot = 1; slot <= slots; ++slot) {
    if (pool.running(slot)) pool.post(slot, worker::Order::resume);
  }
}

}  // namespace mpr::runner
