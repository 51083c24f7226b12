#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <stdexcept>

#include "helper.hpp"

namespace helper {

namespace {

/// Execs the words with a filter that refuses two system calls, as a container's does.
[[noreturn]] void exec_without(unsigned call, unsigned other_call, const Words& words) {
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 1, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, other_call, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{sizeof code / sizeof *code, code};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
    throw std::runtime_error("no filter");
  }
  exec_words(words, 0);
}

}  // namespace

int without_namespaces(const Words& words) {
  exec_without(SYS_unshare, SYS_setns, words);
}

int without_pinning(const Words& words) {
  exec_without(SYS_sched_setaffinity, SYS_sched_setaffinity, words);
}

}  // namespace helper
