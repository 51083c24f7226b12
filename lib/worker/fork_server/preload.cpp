// The part of a fork server that lives in the program: a library that is preloaded (LD_PRELOAD) into an unmodified,
// dynamically linked program. The program is loaded, linked and its constructors are run as ever; in the place of its
// main() then stands a loop that forks, for each request (protocol.hpp), a process which calls that main().
//
// Processes: the new process is a child of the worker, not of this one (CLONE_PARENT), so that the worker waits for it,
//   has its usage and is told of its end as if it had started it by itself.
// Memory: nothing of the program's is touched: no malloc, no stdio, no signal is handled or blocked. What a request
//   holds lies in a mapping of which each new process has a copy. System calls are made bare: the program, and other
//   libraries that are preloaded, may have a close() or a send() of their own.
// Limits: Linux with PR_GET_TID_ADDRESS (CONFIG_CHECKPOINT_RESTORE), glibc. Free of libstdc++: the program may be C.
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

#include "bind.hpp"
#include "protocol.hpp"

namespace {

using namespace mpr::fork_server;

using Main = int (*)(int, char**, char**);
using StartMain = int (*)(Main, int, char**, void (*)(), void (*)(), void (*)(), void*);

constexpr size_t kUsualBytes = 256 * 1024;  // for requests; larger ones get more, for a while
constexpr int kStandardDescriptors = 3;

/// Where a request is received, and what main() is called with is made.
struct Arena {
  char* base = nullptr;
  size_t size = 0;

  bool resize(size_t bytes) {
    const long place =
        base == nullptr ? syscall(SYS_mmap, nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0L)
                        : syscall(SYS_mremap, base, size, bytes, MREMAP_MAYMOVE, 0L);
    if (place == -1) return false;
    base = reinterpret_cast<char*>(place);
    size = bytes;
    return true;
  }
};

/// What the C library has to be told, and tells, of a thread that is made behind its back.
struct ThreadState {
  int* tid = nullptr;  // where it keeps the thread's number
  void* robust_list = nullptr;
  size_t robust_size = 0;
};

struct Server {
  Main main = nullptr;  // the program's; none: this process is not to be a server
  const char* vectors_end = nullptr;
  const char* auxiliary = nullptr;  // from here to vectors_end: what the kernel put behind the environment
  int control = -1;
  pid_t worker = 0;
  ThreadState thread;
  Arena arena;
};

bool preloaded = false;
Server server;

// --- The environment ---

/// Takes this library out of LD_PRELOAD, for whatever the program's constructors start, and closes its descriptor.
void forget_library(char** variables) {
  constexpr char kName[] = "LD_PRELOAD=";
  constexpr size_t kNameBytes = sizeof kName - 1;
  constexpr size_t kPathBytes = sizeof kLibraryPath - 1;
  char** variable = variables;
  while (*variable != nullptr && strncmp(*variable, kName, kNameBytes) != 0) ++variable;
  if (*variable == nullptr || strncmp(*variable + kNameBytes, kLibraryPath, kPathBytes) != 0) return;
  char* end = *variable + kNameBytes + kPathBytes;
  int library = 0;
  for (; *end >= '0' && *end <= '9'; ++end) library = library * 10 + (*end - '0');
  syscall(SYS_close, library);
  preloaded = true;
  if (*end == ':') {  // others follow: the user's
    memmove(*variable + kNameBytes, end + 1, strlen(end + 1) + 1);
    return;
  }
  for (; *variable != nullptr; ++variable) variable[0] = variable[1];
}

/// The kernel puts it behind the environment.
void find_auxiliary_vector(char** variables) {
  struct Entry {
    uintptr_t type;
    uintptr_t value;
  };
  while (*variables != nullptr) ++variables;
  const auto* entry = reinterpret_cast<const Entry*>(variables + 1);
  server.auxiliary = reinterpret_cast<const char*>(entry);
  while (entry->type != 0) ++entry;
  server.vectors_end = reinterpret_cast<const char*>(entry + 1);
}

/// Called before other libraries' constructors (-z initfirst).
__attribute__((constructor)) void begin(int, char**, char** variables) {
  find_auxiliary_vector(variables);
  forget_library(variables);
}

// --- Messages ---

template <class Message>
void send_message(const Message& message) {
  while (syscall(SYS_sendto, server.control, &message, sizeof message, MSG_NOSIGNAL, nullptr, 0) < 0 &&
         errno == EINTR) {
  }
}

/// Reads on until `bytes` of the request are there.
bool read_until(size_t& have, size_t bytes) {
  while (have < bytes) {
    const long got = syscall(SYS_read, server.control, server.arena.base + have, bytes - have);
    if (got == 0 || (got < 0 && errno != EINTR)) return false;
    if (got > 0) have += static_cast<size_t>(got);
  }
  return true;
}

/// The first read of a request, with which its descriptors come. They become 0, 1 and 2, which are free.
bool receive_first(size_t& have, bool& complete) {
  alignas(cmsghdr) char space[CMSG_SPACE(sizeof(int) * kStandardDescriptors)];
  iovec into{server.arena.base, server.arena.size};
  msghdr header{};
  header.msg_iov = &into;
  header.msg_iovlen = 1;
  header.msg_control = space;
  header.msg_controllen = sizeof space;
  long got = 0;
  do got = syscall(SYS_recvmsg, server.control, &header, 0);
  while (got < 0 && errno == EINTR);
  if (got <= 0) return false;
  have = static_cast<size_t>(got);
  const cmsghdr* const part = CMSG_FIRSTHDR(&header);
  complete = part != nullptr && part->cmsg_len == CMSG_LEN(sizeof(int) * kStandardDescriptors);
  return true;
}

size_t bytes_for_vectors(const Request& request) {
  return sizeof(char*) * (size_t{request.words} + request.variables + 2) +
         static_cast<size_t>(server.vectors_end - server.auxiliary) + alignof(std::max_align_t);
}

/// False when the worker wants nothing more. `complete`: with all its descriptors.
bool receive(Request& request, bool& complete) {
  size_t have = 0;
  if (!receive_first(have, complete) || !read_until(have, sizeof request)) return false;
  memcpy(&request, server.arena.base, sizeof request);
  const size_t whole = sizeof request + request.bytes;
  const size_t needed = whole + bytes_for_vectors(request);
  if (needed > server.arena.size && !server.arena.resize(needed)) return false;
  return read_until(have, whole);
}

// --- The new process ---

/// Sets the pointers to `count` strings that lie one behind the other, and a null pointer; answers where they end.
char* point_at(char**& pointers, char* text, uint32_t count) {
  for (; count > 0; --count) {
    *pointers++ = text;
    text += strlen(text) + 1;
  }
  *pointers++ = nullptr;
  return text;
}

[[noreturn]] void give_up(const Request& request, Step step) {
  Reply reply;
  reply.task = request.task;
  reply.error = errno;
  reply.step = step;
  send_message(reply);
  _exit(127);
}

/// The same in the same order as for a program that is started by exec (lib/os/src/spawn.cpp).
void take_place(const Request& request, const char* cpus, const char* directory) {
  syscall(SYS_set_robust_list, server.thread.robust_list, server.thread.robust_size);
  if (syscall(SYS_setpgid, 0, 0) != 0) give_up(request, Step::process_group);
  if (syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL) != 0) give_up(request, Step::death_signal);
  if (syscall(SYS_getppid) != server.worker) _exit(127);  // it died before the line above: nobody would tell us
  // CPUs that have gone offline meanwhile are no reason to fail.
  if (request.cpu_bytes != 0) syscall(SYS_sched_setaffinity, 0, request.cpu_bytes, cpus);
  if (directory != nullptr && syscall(SYS_chdir, directory) != 0) give_up(request, Step::directory);
  syscall(SYS_close, server.control);
}

int run_task(const Request& request) {
  char* text = server.arena.base + sizeof request;
  const char* const cpus = text;
  text += request.cpu_bytes;
  const char* const directory = request.has_directory != 0 ? text : nullptr;
  if (directory != nullptr) text += strlen(directory) + 1;
  take_place(request, cpus, directory);

  // As the kernel lays them out: one behind the other, what it says of the process last.
  const size_t after = (sizeof request + request.bytes + alignof(std::max_align_t) - 1) / alignof(std::max_align_t);
  auto* pointers = reinterpret_cast<char**>(server.arena.base + after * alignof(std::max_align_t));
  char** const argv = pointers;
  char* const name = text;  // the first word
  text = point_at(pointers, text, request.words);
  char** const variables = pointers;
  point_at(pointers, text, request.variables);
  memcpy(pointers, server.auxiliary, static_cast<size_t>(server.vectors_end - server.auxiliary));

  environ = variables;
  program_invocation_name = name;
  // NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): prepare() has made the arena.
  char* const slash = strrchr(name, '/');
  program_invocation_short_name = slash != nullptr ? slash + 1 : name;
  errno = 0;
  return server.main(static_cast<int>(request.words), argv, variables);
}

// --- The server ---

/// A fork whose child is a child of this process's parent. The C library's own fork cannot do that; what it does
/// besides is for programs of several threads, but for the robust list (take_place) and the thread's number.
pid_t fork_for_worker() {
  constexpr unsigned long kFlags = CLONE_PARENT | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD;
#ifdef __x86_64__
  return static_cast<pid_t>(syscall(SYS_clone, kFlags, nullptr, nullptr, server.thread.tid, nullptr));
#else
  return static_cast<pid_t>(syscall(SYS_clone, kFlags, nullptr, nullptr, nullptr, server.thread.tid));
#endif
}

bool has_one_thread() {
  struct stat threads {};
  // A directory has two links, and one for each directory in it.
  return stat("/proc/self/task", &threads) != 0 || threads.st_nlink <= 3;
}

/// Sees to it that 0, 1 and 2 are free for the tasks' own.
Obstacle prepare() {
  server.control = static_cast<int>(syscall(SYS_fcntl, 0, F_DUPFD_CLOEXEC, kStandardDescriptors));
  for (int fd = 0; fd < kStandardDescriptors; ++fd) syscall(SYS_close, fd);
  server.worker = static_cast<pid_t>(syscall(SYS_getppid));
  if (server.control < 0 || !server.arena.resize(kUsualBytes)) _exit(127);
  if (syscall(SYS_prctl, PR_GET_TID_ADDRESS, &server.thread.tid, 0, 0, 0) != 0) return Obstacle::no_tid_address;
  syscall(SYS_get_robust_list, 0, &server.thread.robust_list, &server.thread.robust_size);
  return has_one_thread() ? Obstacle::none : Obstacle::threads;
}

/// Stands in for main(). Returns in the children only.
int serve(int, char**, char**) {
  const Hello hello{kMagic, prepare()};
  bind_ahead();
  send_message(hello);
  for (;;) {
    Request request;
    bool complete = false;
    if (!receive(request, complete)) _exit(0);
    Reply reply;
    reply.task = request.task;
    reply.pid = complete ? fork_for_worker() : -1;
    if (reply.pid == 0) return run_task(request);
    if (reply.pid < 0) {
      reply.error = complete ? errno : EMFILE;
      reply.step = complete ? Step::create_process : Step::descriptors;
    }
    send_message(reply);
    for (int fd = 0; fd < kStandardDescriptors; ++fd) syscall(SYS_close, fd);
    if (server.arena.size > kUsualBytes) server.arena.resize(kUsualBytes);
  }
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int __libc_start_main(Main main, int argc, char** argv,
                                                                        void (*init)(), void (*fini)(),
                                                                        void (*rtld_fini)(), void* stack_end) {
  const auto start = reinterpret_cast<StartMain>(dlsym(RTLD_NEXT, "__libc_start_main"));
  if (start == nullptr) _exit(127);
  if (!preloaded) return start(main, argc, argv, init, fini, rtld_fini, stack_end);
  server.main = main;
  return start(serve, argc, argv, init, fini, rtld_fini, stack_end);
}
