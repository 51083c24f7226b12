#include "os/futex.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/error.hpp"

namespace mpr::os {
namespace {

long futex(const std::atomic<uint32_t>& word, int operation, uint32_t value, const timespec* deadline) {
  static_assert(sizeof word == sizeof value && std::atomic<uint32_t>::is_always_lock_free);
  return ::syscall(SYS_futex, &word, operation, value, deadline, nullptr, FUTEX_BITSET_MATCH_ANY);
}

}  // namespace

bool futex_wait(const std::atomic<uint32_t>& word, uint32_t expected, Time deadline) {
  timespec until{};
  const timespec* limit = nullptr;
  if (deadline != kNever) {
    until = timespec_of(deadline);
    limit = &until;
  }
  // The bitset form takes an absolute time, on the clock of steady_clock.
  if (futex(word, FUTEX_WAIT_BITSET, expected, limit) == 0 || errno == EAGAIN || errno == EINTR) return true;
  if (errno == ETIMEDOUT) return false;
  throw_errno("futex");
}

int futex_wake(const std::atomic<uint32_t>& word, int sleepers) {
  return static_cast<int>(check(futex(word, FUTEX_WAKE, static_cast<uint32_t>(sleepers), nullptr), "futex"));
}

}  // namespace mpr::os
