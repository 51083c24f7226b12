#include "os/peer_end.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/error.hpp"

namespace mpr::os {

unsigned fork_generation = 0;

namespace {

void count_forks() {
  [[maybe_unused]] static const int registered = ::pthread_atfork(nullptr, nullptr, [] { ++fork_generation; });
}

/// Both ends of a pipe are one file: what tells them apart is what they are open for.
unsigned access_of(FdRef fd) {
  return static_cast<unsigned>(::fcntl(fd.get(), F_GETFL)) & unsigned{O_ACCMODE | O_PATH};
}

}  // namespace

PeerEnd::PeerEnd(FdRef peer) : peer_(peer) {
  count_forks();
  struct stat status {};
  check(::fstat(peer.get(), &status), "fstat");
  device_ = status.st_dev;
  file_ = status.st_ino;
  access_ = access_of(peer);
}

void PeerEnd::let_go(FdRef own) {
  generation_ = fork_generation;
  const FdRef peer = std::exchange(peer_, FdRef{});
  struct stat status {};
  if (!peer || ::fstat(peer.get(), &status) != 0) return;
  if (status.st_dev != device_ || status.st_ino != file_ || access_of(peer) != access_) return;
  const UniqueFd nothing{::open("/", O_PATH | O_CLOEXEC)};
  // Without a descriptor to spare, what is there already takes the number.
  ::dup3(nothing ? nothing.get() : own.get(), peer.get(), O_CLOEXEC);
}

}  // namespace mpr::os
