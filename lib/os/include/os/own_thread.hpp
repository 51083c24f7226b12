// OwnThread: which thread of which process this is, without asking the kernel each time.
//
// Threads, processes: right in every thread, and after fork(2) too. A child that was made by other means than fork (a
// bare clone(2)) would take itself for its parent.
#pragma once

#include <sys/types.h>

namespace mpr::os {

struct OwnThread {
  pid_t pid = 0;
  pid_t tid = 0;
};

namespace detail {
extern constinit thread_local OwnThread own_thread;  // zero: not asked yet
[[gnu::cold]] const OwnThread& ask_own_thread();
}  // namespace detail

[[nodiscard]] inline const OwnThread& own_thread() {
  return detail::own_thread.tid != 0 ? detail::own_thread : detail::ask_own_thread();
}

}  // namespace mpr::os
