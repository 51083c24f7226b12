// PeerEnd: remembers the other end of a pipe or socket pair that this process has made, and lets go of the copy of it
// that a forked child inherits: a child that holds both ends never sees that its parent is gone.
//
//   PeerEnd peer(pipe.writer);
//   peer.let_go_if_forked(pipe.reader);  // before reading: one comparison, unless this is a new process
//
// Ownership: none. The number of the descriptor stays taken, by one with which nothing can be done (O_PATH), so that
//   whoever believes to own it may close it. Where no descriptor can be had for that, by another copy of this end.
// Errors: none.
// Processes: in the process that made the pair, nothing happens. A number that means another file by now is left alone.
#pragma once

#include <sys/types.h>

#include "unique_fd.hpp"

namespace mpr::os {

/// Differs between a process and the children that it forks.
extern unsigned fork_generation;

class PeerEnd {
 public:
  PeerEnd() = default;
  /// What is remembered is the descriptor's number and the file that it means now.
  explicit PeerEnd(FdRef peer);

  /// `own` is this end.
  void let_go_if_forked(FdRef own) {
    if (generation_ != fork_generation) let_go(own);
  }

 private:
  void let_go(FdRef own);

  FdRef peer_;
  dev_t device_ = 0;
  ino_t file_ = 0;
  unsigned access_ = 0;
  unsigned generation_ = fork_generation;
};

}  // namespace mpr::os
