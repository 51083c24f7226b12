#include "os/socket.hpp"

#include <sys/socket.h>

#include <array>
#include <cstring>
#include <stdexcept>

#include "os/error.hpp"

namespace mpr::os {
namespace {

/// A message of one byte, with room for descriptors.
struct Message {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * kMostDescriptors)> control{};
  iovec data{};
  msghdr header{};

  explicit Message(std::byte& byte) : data{&byte, 1} {
    header.msg_iov = &data;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
  }
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;
};

}  // namespace

SocketPair make_socket_pair() {
  std::array<int, 2> ends{};
  check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), "socketpair");
  return {UniqueFd{ends[0]}, UniqueFd{ends[1]}};
}

IoState send_descriptors(FdRef socket, std::span<const FdRef> descriptors, std::byte byte) {
  if (descriptors.size() > kMostDescriptors) throw std::length_error("too many descriptors in one message");
  Message message(byte);
  message.header.msg_controllen = CMSG_SPACE(sizeof(int) * descriptors.size());
  cmsghdr* const part = CMSG_FIRSTHDR(&message.header);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(sizeof(int) * descriptors.size());
  for (size_t i = 0; i < descriptors.size(); ++i) {
    const int fd = descriptors[i].get();
    std::memcpy(CMSG_DATA(part) + i * sizeof fd, &fd, sizeof fd);
  }
  if (descriptors.empty()) message.header.msg_controllen = 0;
  if (retry_eintr([&] { return ::sendmsg(socket.get(), &message.header, MSG_NOSIGNAL); }) == 1) return IoState::done;
  if (errno == EAGAIN) return IoState::would_block;
  if (errno == EPIPE || errno == ECONNRESET) return IoState::closed;
  throw_errno("sendmsg");
}

ReceivedDescriptors receive_descriptors(FdRef socket) {
  ReceivedDescriptors received;
  Message message(received.byte);
  const ssize_t got = retry_eintr([&] { return ::recvmsg(socket.get(), &message.header, MSG_CMSG_CLOEXEC); });
  if (got == 0 || (got < 0 && errno == ECONNRESET))
    received.state = IoState::closed;
  else if (got < 0 && errno == EAGAIN)
    received.state = IoState::would_block;
  else if (got < 0)
    throw_errno("recvmsg");
  if (got <= 0) return received;
  for (cmsghdr* part = CMSG_FIRSTHDR(&message.header); part != nullptr; part = CMSG_NXTHDR(&message.header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
      received.descriptors.emplace_back(fd);
    }
  }
  return received;
}

}  // namespace mpr::os
