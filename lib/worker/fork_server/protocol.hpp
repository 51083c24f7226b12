// What a worker and the program that it keeps loaded say to each other, over a stream of which the program has fd 0.
//
//   up     Hello                          once the program is loaded
//   down   Request, three descriptors     for each task; behind it, in this order and without anything between them:
//                                         the CPUs (a mask as sched_setaffinity(2) takes it), the directory, the words
//                                         and the variables (each with its NUL)
//   up     Reply                          that the task's process exists, or why not
//   up     Reply                          from that process: what it could not do, in which case it runs nothing
//
// The end of the stream means: end. Both sides are of one build, on one machine.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace mpr::fork_server {

/// What LD_PRELOAD begins with, followed by the number of the library's descriptor.
inline constexpr char kLibraryPath[] = "/proc/self/fd/";

inline constexpr uint32_t kMagic = 0x6d707246;

/// Why a program cannot be forked, found out once it is loaded.
enum class Obstacle : uint32_t {
  none,
  threads,         ///< it has more than one, which a fork would not copy
  no_tid_address,  ///< the kernel does not tell where the C library keeps the thread's number (PR_GET_TID_ADDRESS)
};

struct Hello {
  uint32_t magic = kMagic;
  Obstacle obstacle = Obstacle::none;
};

struct Request {
  uint64_t bytes = 0;      ///< of what follows
  uint32_t cpu_bytes = 0;  ///< none: the CPUs stay as they are
  uint32_t has_directory = 0;
  uint32_t words = 0;
  uint32_t variables = 0;
  uint32_t task = 0;  ///< for its replies
  uint32_t unused = 0;
};

enum class Step : int32_t { create_process, descriptors, process_group, death_signal, directory };

struct Reply {
  uint32_t task = 0;
  pid_t pid = 0;  ///< of the new process; 0 (from itself) or -1: see error
  int32_t error = 0;
  Step step = Step::create_process;
};

}  // namespace mpr::fork_server
