// What the floors have in common: processes, each on a CPU of its own, that take numbers from a shared counter.
#pragma once

#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <cstdio>
#include <new>
#include <optional>
#include <string_view>

namespace mpr::bench {

/// Keeps this process on the CPU number `worker` (counted from 0, and around) of those that it may use.
inline void pin(long worker) {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  long skip = worker % CPU_COUNT(&allowed);
  size_t cpu = 0;
  while (!CPU_ISSET(cpu, &allowed) || skip-- > 0) ++cpu;
  cpu_set_t own;
  CPU_ZERO(&own);
  CPU_SET(cpu, &own);
  sched_setaffinity(0, sizeof own, &own);
}

inline std::optional<long> whole_number(std::string_view word) {
  long value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return value;
}

/// Calls task(number), which answers whether it succeeded, for each number, in `workers` processes at a time; answers
/// the exit status of the whole. Workers end without exit handlers: the parent's are not their own.
template <class Task>
int run_in_workers(long workers, bool pinned, long first, long last, const Task& task) {
  void* const shared =
      mmap(nullptr, sizeof(std::atomic<long>), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) {
    std::perror("cannot share memory");
    return 1;
  }
  auto* const next = new (shared) std::atomic<long>(first);
  for (long worker = 0; worker < workers; ++worker) {
    const pid_t child = fork();
    if (child == -1) {
      std::perror("cannot start a worker");
      return 1;
    }
    if (child != 0) continue;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (pinned) pin(worker);
    bool good = true;
    for (long number = 0; (number = next->fetch_add(1)) <= last;) good = task(number) && good;
    _exit(good ? 0 : 1);
  }
  bool good = true;
  int status = 0;
  while (wait(&status) > 0) good = status == 0 && good;
  if (!good) std::fputs("a task failed\n", stderr);
  return good ? 0 : 1;
}

}  // namespace mpr::bench
