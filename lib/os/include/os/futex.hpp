// Sleeping on a word of memory that several processes share (futex(2)).
//
// Threads, processes: the word may lie in any shared mapping; who sleeps there and who wakes may be different
// processes. A process that is killed between changing the word and waking leaves the sleepers asleep: whoever must not
// depend on the life of others sleeps with a deadline, and looks again. Errors: std::system_error for what cannot
// happen with a valid word.
#pragma once

#include <atomic>
#include <cstdint>

#include "clock.hpp"

namespace mpr::os {

/// Sleeps while `word` is `expected`, until woken or the deadline (kNever: none). May return early. False when the
/// deadline is past.
bool futex_wait(const std::atomic<uint32_t>& word, uint32_t expected, Time deadline);

inline constexpr int kWakeAll = 0x7fffffff;

/// Wakes up to so many sleepers; answers how many there were to wake.
int futex_wake(const std::atomic<uint32_t>& word, int sleepers);

}  // namespace mpr::os
