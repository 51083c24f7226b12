// A pair of connected sockets, and descriptors sent through them.
#pragma once

#include <chrono>
#include <span>
#include <vector>

#include "io.hpp"
#include "unique_fd.hpp"

namespace mpr::os {

struct SocketPair {
  UniqueFd first;
  UniqueFd second;
};

/// Two ends of one stream, each for reading and writing; close-on-exec and blocking. Throws std::system_error.
[[nodiscard]] SocketPair make_socket_pair();
/// The same, of packets: what is sent in one go is received in one go.
[[nodiscard]] SocketPair make_packet_socket_pair();

[[nodiscard]] bool is_socket(FdRef fd);

/// From now on a send or a receive that has waited for this long would block: for ends that no other process holds.
void set_patience(FdRef socket, std::chrono::milliseconds patience);

/// One sendmsg(2), repeated only when a signal interrupts it; may be short. Copies of the descriptors (SCM_RIGHTS, at
/// most kMostDescriptors) go with the first byte; the sender may close its own at once. Never SIGPIPE.
inline constexpr size_t kMostDescriptors = 16;
[[nodiscard]] IoResult send_some(FdRef socket, std::span<const std::byte> from,
                                 std::span<const FdRef> descriptors = {});

/// One recvmsg(2), repeated only when a signal interrupts it. Never goes beyond the bytes of one send_some() that had
/// descriptors; these are appended to `descriptors`, close-on-exec, and then one that is none when some did not get
/// through, because this process can have no more of them.
[[nodiscard]] IoResult receive_some(FdRef socket, std::span<std::byte> into, std::vector<UniqueFd>& descriptors);

}  // namespace mpr::os
