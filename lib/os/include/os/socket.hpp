// A pair of connected sockets, and descriptors sent through them.
#pragma once

#include <span>
#include <vector>

#include "os/io.hpp"
#include "os/unique_fd.hpp"

namespace mpr::os {

struct SocketPair {
  UniqueFd first;
  UniqueFd second;
};

/// Two ends of one stream, each for reading and writing; close-on-exec and blocking. Throws std::system_error.
[[nodiscard]] SocketPair make_socket_pair();

/// Sends one byte with copies of these descriptors (SCM_RIGHTS, at most kMostDescriptors), repeated only when a signal
/// interrupts it. The sender may close its own at once.
inline constexpr size_t kMostDescriptors = 16;
[[nodiscard]] IoState send_descriptors(FdRef socket, std::span<const FdRef> descriptors, std::byte byte = {});

/// Receives one byte and the descriptors that came with it, close-on-exec; none when none came.
struct ReceivedDescriptors {
  IoState state = IoState::done;
  std::byte byte{};
  std::vector<UniqueFd> descriptors;
};
[[nodiscard]] ReceivedDescriptors receive_descriptors(FdRef socket);

}  // namespace mpr::os
