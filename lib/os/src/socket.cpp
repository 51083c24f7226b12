#include "os/socket.hpp"

#include <sys/socket.h>

#include <array>
#include <cstring>
#include <stdexcept>

#include "os/error.hpp"

namespace mpr::os {
namespace {

/// A message with room for descriptors.
struct Message {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * kMostDescriptors)> control{};
  iovec data{};
  msghdr header{};

  Message(void* bytes, size_t size) : data{bytes, size} {
    header.msg_iov = &data;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
  }
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;

  void attach(std::span<const FdRef> descriptors) {
    header.msg_controllen = CMSG_SPACE(sizeof(int) * descriptors.size());
    cmsghdr* const part = CMSG_FIRSTHDR(&header);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(sizeof(int) * descriptors.size());
    for (size_t i = 0; i < descriptors.size(); ++i) {
      const int fd = descriptors[i].get();
      std::memcpy(CMSG_DATA(part) + i * sizeof fd, &fd, sizeof fd);
    }
    if (descriptors.empty()) header.msg_controllen = 0;
  }

  [[nodiscard]] std::vector<UniqueFd> attached() {
    std::vector<UniqueFd> descriptors;
    for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
      if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
      const size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
      for (size_t i = 0; i < count; ++i) {
        int fd = -1;
        std::memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
        descriptors.emplace_back(fd);
      }
    }
    return descriptors;
  }
};

IoResult result_of(ssize_t bytes, const char* call) {
  if (bytes > 0) return {IoState::done, static_cast<size_t>(bytes)};
  if (bytes == 0 || errno == EPIPE || errno == ECONNRESET) return {IoState::closed, 0};
  if (errno == EAGAIN) return {IoState::would_block, 0};
  throw_errno(call);
}

SocketPair make_pair(int type) {
  std::array<int, 2> ends{};
  check(::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends.data()), "socketpair");
  return {UniqueFd{ends[0]}, UniqueFd{ends[1]}};
}

}  // namespace

SocketPair make_socket_pair() {
  return make_pair(SOCK_STREAM);
}
SocketPair make_packet_socket_pair() {
  return make_pair(SOCK_SEQPACKET);
}

IoResult send_descriptors(FdRef socket, std::span<const std::byte> bytes, std::span<const FdRef> descriptors) {
  if (descriptors.size() > kMostDescriptors) throw std::length_error("too many descriptors in one message");
  Message message(const_cast<std::byte*>(bytes.data()), bytes.size());
  message.attach(descriptors);
  return result_of(retry_eintr([&] { return ::sendmsg(socket.get(), &message.header, MSG_NOSIGNAL); }), "sendmsg");
}

Received receive_descriptors(FdRef socket, std::span<std::byte> into) {
  Message message(into.data(), into.size());
  const ssize_t got = retry_eintr([&] { return ::recvmsg(socket.get(), &message.header, MSG_CMSG_CLOEXEC); });
  Received received{result_of(got, "recvmsg"), {}};
  if (got > 0) received.descriptors = message.attached();
  return received;
}

}  // namespace mpr::os
