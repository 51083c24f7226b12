// launch: the fork and exec under Running and Terminal.
#pragma once

#include <sys/types.h>

#include <functional>

#include "support/running.hpp"

namespace mpr::test {

/// Forks, calls `prepare` in the child (async-signal-safe calls only; false: it failed, with errno) and execs the
/// program there, with default signal dispositions, an empty mask and descriptors 0 to 2 only. Throws
/// std::runtime_error if any of that fails. The new process is the caller's to reap.
[[nodiscard]] pid_t launch(const Argv& argv, const Options& options, const std::function<bool()>& prepare);

/// Waits for a child that is known to have ended, or is about to; fills in how it ended.
void reap_into(pid_t pid, Result& result);

/// Kills everything in the session that `leader` leads or led.
void kill_session(pid_t leader);

void close_if_open(int& fd);

/// pidfd_open(2), which glibc 2.36 declares but older ones do not.
[[nodiscard]] int open_pidfd(pid_t pid);

}  // namespace mpr::test
