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

/// The same, of packets: what is sent in one go is received in one go.
[[nodiscard]] SocketPair make_packet_socket_pair();

inline constexpr size_t kMostDescriptors = 16;

/// Sends bytes, at least one, with copies of these descriptors (SCM_RIGHTS, at most kMostDescriptors), in one call that
/// is repeated only when a signal interrupts it. The sender may close its own descriptors at once. No SIGPIPE.
[[nodiscard]] IoResult send_descriptors(FdRef socket, std::span<const std::byte> bytes,
                                        std::span<const FdRef> descriptors);

/// Receives bytes, and the descriptors that came with them, close-on-exec.
struct Received {
  IoResult result;
  std::vector<UniqueFd> descriptors;
};
[[nodiscard]] Received receive_descriptors(FdRef socket, std::span<std::byte> into);

}  // namespace mpr::os
