// ProcessIdentity: which process, told apart from a later one with the same pid.
//
//   const ProcessIdentity me = ProcessIdentity::own();     // kept in shared memory
//   if (!me.is_alive()) ...                                // asked by anybody, later
//
// Errors: none. Without /proc a pid is all there is to go by.
// Processes: asks about any process, not only children. A process that has ended and was not waited for is not alive.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace mpr::os {

struct ProcessIdentity {
  pid_t pid = 0;
  uint64_t start = 0;  ///< clock ticks from the boot to its start; 0: unknown

  /// Read once in each process.
  [[nodiscard]] static ProcessIdentity own();
  /// Of a child that has not been waited for, so that its pid is still its own.
  [[nodiscard]] static ProcessIdentity of(pid_t pid);

  [[nodiscard]] bool is_alive() const;

  friend bool operator==(const ProcessIdentity&, const ProcessIdentity&) = default;
};

}  // namespace mpr::os
