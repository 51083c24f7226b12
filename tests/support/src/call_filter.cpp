#include "call_filter.hpp"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <stdexcept>

namespace mpr::test {

namespace {

#if defined(__x86_64__)
constexpr unsigned kThisMachine = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr unsigned kThisMachine = AUDIT_ARCH_AARCH64;
#else
constexpr unsigned kThisMachine = 0;
#endif

// The listener is sent over this descriptor, which the filter lets pass: nobody could answer yet. Nothing else uses it.
constexpr int kChannel = 1000;
// So that a signal does not make a program ask twice for one call (Linux 5.19).
constexpr unsigned kWaitKillable = 1U << 5U;

sock_filter statement(unsigned code, unsigned value) {
  return {static_cast<unsigned short>(code), 0, 0, value};
}

/// Skips `then` or `otherwise` statements.
sock_filter jump_if_equal(unsigned value, unsigned char then, unsigned char otherwise) {
  return {BPF_JMP | BPF_JEQ | BPF_K, then, otherwise, value};
}

sock_filter load(size_t offset) {
  return statement(BPF_LD | BPF_W | BPF_ABS, static_cast<unsigned>(offset));
}

std::vector<sock_filter> program_for(const std::vector<int>& calls) {
  const sock_filter allow = statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  const sock_filter ask = statement(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
  std::vector<sock_filter> program{
      load(offsetof(seccomp_data, arch)),
      jump_if_equal(kThisMachine, 1, 0),
      allow,
      load(offsetof(seccomp_data, nr)),
      jump_if_equal(SYS_sendmsg, 0, 4),
      load(offsetof(seccomp_data, args)),
      jump_if_equal(kChannel, 0, 1),
      allow,
      load(offsetof(seccomp_data, nr)),
      jump_if_equal(SYS_rt_sigreturn, 0, 1),
      allow,
  };
  for (const int call : calls) {
    program.push_back(jump_if_equal(static_cast<unsigned>(call), 0, 1));
    program.push_back(ask);
  }
  program.push_back(calls.empty() ? ask : allow);
  return program;
}

bool send_descriptor(int over, int descriptor) {
  char byte = 0;
  iovec data{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  return sendmsg(over, &message, 0) == 1;
}

}  // namespace

CallFilter::CallFilter(const std::vector<int>& calls) : program_(program_for(calls)) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) throw std::runtime_error("socketpair failed");
  receiver_ = ends[0];
  sender_ = ends[1];
}

CallFilter::~CallFilter() {
  ::close(receiver_);
  ::close(sender_);
}

bool CallFilter::install() const {
  if (kThisMachine == 0) {
    errno = ENOSYS;
    return false;
  }
  if (dup3(sender_, kChannel, O_CLOEXEC) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
  const sock_fprog filter{static_cast<unsigned short>(program_.size()), const_cast<sock_filter*>(program_.data())};
  constexpr unsigned kFlags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
  long listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, kFlags | kWaitKillable, &filter);
  if (listener < 0 && errno == EINVAL) listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, kFlags, &filter);
  return listener >= 0 && send_descriptor(kChannel, static_cast<int>(listener));
}

int CallFilter::take_listener() const {
  char byte = 0;
  iovec data{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  if (recvmsg(receiver_, &message, MSG_CMSG_CLOEXEC) != 1) return -1;
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header == nullptr) return -1;
  int listener = -1;
  memcpy(&listener, CMSG_DATA(header), sizeof listener);
  return listener;
}

}  // namespace mpr::test
