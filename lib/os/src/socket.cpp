#include "os/socket.hpp"

#include <sys/socket.h>
#include <sys/stat.h>

#include <array>
#include <cstring>
#include <stdexcept>

#include "os/error.hpp"

namespace mpr::os {
namespace {

/// Bytes, with room for descriptors.
struct Message {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * kMostDescriptors)> control;
  iovec data;
  msghdr header{};

  explicit Message(std::span<std::byte> bytes) : data{bytes.data(), bytes.size()} {
    header.msg_iov = &data;
    header.msg_iovlen = 1;
  }
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;

  void put(std::span<const FdRef> descriptors) {
    if (descriptors.size() > kMostDescriptors) throw std::length_error("too many descriptors in one message");
    if (descriptors.empty()) return;
    control.fill(0);
    header.msg_control = control.data();
    header.msg_controllen = CMSG_SPACE(sizeof(int) * descriptors.size());
    cmsghdr* const part = CMSG_FIRSTHDR(&header);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(sizeof(int) * descriptors.size());
    for (size_t i = 0; i < descriptors.size(); ++i) {
      const int fd = descriptors[i].get();
      std::memcpy(CMSG_DATA(part) + i * sizeof fd, &fd, sizeof fd);
    }
  }

  void take(std::vector<UniqueFd>& descriptors) {
    for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
      if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
      const size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
      for (size_t i = 0; i < count; ++i) {
        int fd = -1;
        std::memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
        descriptors.emplace_back(fd);
      }
    }
    if ((header.msg_flags & MSG_CTRUNC) != 0) descriptors.emplace_back();
  }
};

SocketPair make_pair_of(int type) {
  std::array<int, 2> ends{};
  check(::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends.data()), "socketpair");
  return {UniqueFd{ends[0]}, UniqueFd{ends[1]}};
}

}  // namespace

SocketPair make_socket_pair() {
  return make_pair_of(SOCK_STREAM);
}
SocketPair make_packet_socket_pair() {
  return make_pair_of(SOCK_SEQPACKET);
}

bool is_socket(FdRef fd) {
  struct stat status {};
  check(::fstat(fd.get(), &status), "fstat");
  return S_ISSOCK(status.st_mode);
}

void set_patience(FdRef socket, std::chrono::milliseconds patience) {
  const timeval time{patience.count() / 1000, patience.count() % 1000 * 1000};
  for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO}) {
    check(::setsockopt(socket.get(), SOL_SOCKET, option, &time, sizeof time), "setsockopt");
  }
}

IoResult send_some(FdRef socket, std::span<const std::byte> from, std::span<const FdRef> descriptors) {
  Message message({const_cast<std::byte*>(from.data()), from.size()});
  message.put(descriptors);
  const ssize_t sent = retry_eintr([&] { return ::sendmsg(socket.get(), &message.header, MSG_NOSIGNAL); });
  if (sent >= 0) return {IoState::done, static_cast<size_t>(sent)};
  if (errno == EAGAIN) return {IoState::would_block, 0};
  if (errno == EPIPE || errno == ECONNRESET) return {IoState::closed, 0};
  throw_errno("sendmsg");
}

IoResult receive_some(FdRef socket, std::span<std::byte> into, std::vector<UniqueFd>& descriptors) {
  Message message(into);
  message.header.msg_control = message.control.data();
  message.header.msg_controllen = message.control.size();
  const ssize_t got = retry_eintr([&] { return ::recvmsg(socket.get(), &message.header, MSG_CMSG_CLOEXEC); });
  if (got > 0) {
    message.take(descriptors);
    return {IoState::done, static_cast<size_t>(got)};
  }
  if (got == 0 || errno == ECONNRESET) return {IoState::closed, 0};
  if (errno == EAGAIN) return {IoState::would_block, 0};
  throw_errno("recvmsg");
}

}  // namespace mpr::os
