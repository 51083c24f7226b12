// The numbers of processes in /proc: those of the PID namespace that it was mounted in, which may be one above ours.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

namespace mpr::os {

/// Whether they are those that system calls of this process take and give. Also true where there is no /proc.
[[nodiscard]] bool proc_has_our_numbers();

/// A process of our namespace by its number there; none when it is in no namespace that we see.
[[nodiscard]] std::optional<pid_t> our_number_of(const std::string& proc_number);

/// After another /proc has been mounted.
void forget_proc_numbers();

}  // namespace mpr::os
