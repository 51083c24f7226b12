#include "runner/shortage.hpp"

#include <algorithm>

namespace mpr::runner {

void Shortage::refused(Slot slot, unsigned running, os::Time now) {
  slots_.insert(slot);
  if (retry_at_ == os::kNever) {
    retry_at_ = os::later(now, delay_);
    delay_ = std::min<os::Duration>(2 * delay_, kLastDelay);
  }
  if (running == 0 && give_up_at_ == os::kNever) give_up_at_ = os::later(now, patience_);
}

void Shortage::started(os::Time now) {
  give_up_at_ = os::kNever;
  delay_ = kFirstDelay;
  if (!slots_.empty()) retry_at_ = os::later(now, delay_);
}

std::optional<Slot> Shortage::due(os::Time now) {
  if (slots_.empty() || now < retry_at_) return std::nullopt;
  retry_at_ = os::kNever;
  return slots_.extract(slots_.begin()).value();
}

}  // namespace mpr::runner
