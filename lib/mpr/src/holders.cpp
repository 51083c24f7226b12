#include "holders.hpp"

#include <algorithm>

#include "wait_channel.hpp"

namespace mpr {

// A hash table whose entries are looked for from the place that the pid gives: most often that very one, and never
// beyond one that nobody has used yet.
const Holders::Entry* Holders::find() const {
  const os::ProcessIdentity own = os::ProcessIdentity::own();
  for (uint32_t step = 0; step < kProcesses; ++step) {
    const Entry& entry = entries_[(static_cast<uint32_t>(own.pid) + step) % kProcesses];
    if (entry.process == own) return &entry;
    if (entry.process.pid == 0) return nullptr;
  }
  return nullptr;
}

Holders::Entry* Holders::find_or_claim() {
  if (const Entry* const entry = find()) return const_cast<Entry*>(entry);
  const os::ProcessIdentity own = os::ProcessIdentity::own();
  for (uint32_t step = 0; step < kProcesses; ++step) {
    Entry& entry = entries_[(static_cast<uint32_t>(own.pid) + step) % kProcesses];
    if (entry.amount != 0) continue;
    entry.process = own;
    // Whoever is killed here has claimed nothing, or an entry of nothing.
    return &entry;
  }
  return nullptr;
}

bool Holders::add(uint32_t amount) {
  Entry* const entry = find_or_claim();
  if (entry == nullptr) return false;
  entry->amount.set(entry->amount + amount);
  return true;
}

uint32_t Holders::remove(uint32_t amount) {
  auto* const entry = const_cast<Entry*>(find());
  if (entry == nullptr) return 0;
  const uint32_t held = entry->amount;
  const uint32_t removed = std::min(held, amount);
  entry->amount.set(held - removed);
  return removed;
}

uint32_t Holders::own() const {
  const Entry* const entry = find();
  return entry != nullptr ? entry->amount : 0;
}

uint64_t Holders::total() const {
  uint64_t total = 0;
  for (const Entry& entry : entries_) total += entry.amount;
  return total;
}

uint64_t Holders::take_back() {
  uint64_t taken = 0;
  for (Entry& entry : entries_) {
    const uint32_t held = entry.amount;
    if (held == 0 || entry.process.is_alive()) continue;
    taken += held;
    entry.amount.set(0);
  }
  return taken;
}

uint64_t Holders::take_back_if_due(os::Time now) {
  if (now < next_look_) return 0;
  next_look_ = os::later(now, kLookAgain);
  return take_back();
}

}  // namespace mpr
