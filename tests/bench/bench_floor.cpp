// bench_floor [--unpinned] WORKERS PROGRAM FIRST LAST: the fastest simple loop that there is, to measure runners
// against.
//
//   bench_floor 2 build/jobs/square 1 1000
//
// WORKERS processes, each on a CPU of its own, take numbers from a shared counter and for each do what any runner that
// gathers output must do: make a pipe, start PROGRAM with the number as its argument and the pipe as its standard
// output, read to the end of file, wait. What was read is thrown away. No queues, no order, no deadlines, no records.
// Errors: exit status 1 when a task failed, 2 when the command line is wrong.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <optional>
#include <string_view>

namespace {

struct Work {
  const char* program;
  long last;
  std::atomic<long>* next;  // shared by all workers
};

/// One task from start to end; whether it succeeded.
bool run_task(const char* program, long number) {
  std::array<char, 24> word{};
  std::to_chars(word.data(), word.data() + word.size() - 1, number);
  std::array<char*, 3> argv{const_cast<char*>(program), word.data(), nullptr};

  std::array<int, 2> pipe_ends{};
  if (pipe2(pipe_ends.data(), O_CLOEXEC) != 0) return false;
  const pid_t child = vfork();
  if (child == 0) {
    dup2(pipe_ends[1], STDOUT_FILENO);
    execve(program, argv.data(), environ);
    _exit(127);
  }
  close(pipe_ends[1]);
  static std::array<char, 65536> output;
  while (child > 0 && read(pipe_ends[0], output.data(), output.size()) > 0) {
  }
  close(pipe_ends[0]);
  int status = 0;
  return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

/// Keeps this process on the CPU number `worker` (counted from 0, and around) of those that it may use.
void pin(int worker) {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  int skip = worker % CPU_COUNT(&allowed);
  size_t cpu = 0;
  while (!CPU_ISSET(cpu, &allowed) || skip-- > 0) ++cpu;
  cpu_set_t own;
  CPU_ZERO(&own);
  CPU_SET(cpu, &own);
  sched_setaffinity(0, sizeof own, &own);
}

/// A worker's whole life. Ends without exit handlers: the parent's are not its own.
[[noreturn]] void work(const Work& work) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  bool good = true;
  for (long number = 0; (number = work.next->fetch_add(1)) <= work.last;) good = run_task(work.program, number) && good;
  _exit(good ? 0 : 1);
}

std::optional<long> whole_number(std::string_view word) {
  long value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return value;
}

int run(const Work& task, long workers, bool pinned) {
  for (int worker = 0; worker < workers; ++worker) {
    const pid_t child = fork();
    if (child == -1) {
      std::perror("bench_floor: cannot start a worker");
      return 1;
    }
    if (child != 0) continue;
    if (pinned) pin(worker);
    work(task);
  }
  bool good = true;
  int status = 0;
  while (wait(&status) > 0) good = status == 0 && good;
  if (!good) std::fprintf(stderr, "bench_floor: a task of '%s' failed\n", task.program);
  return good ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const bool pinned = argc < 2 || std::strcmp(argv[1], "--unpinned") != 0;
  char** const words = argv + (pinned ? 1 : 2);
  const bool complete = argc == (pinned ? 5 : 6);
  const auto workers = complete ? whole_number(words[0]) : std::nullopt;
  const auto first = complete ? whole_number(words[2]) : std::nullopt;
  const auto last = complete ? whole_number(words[3]) : std::nullopt;
  if (!workers || *workers < 1 || !first || !last) {
    std::fputs("usage: bench_floor [--unpinned] WORKERS PROGRAM FIRST LAST\n", stderr);
    return 2;
  }
  void* const shared =
      mmap(nullptr, sizeof(std::atomic<long>), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) {
    std::perror("bench_floor: cannot share memory");
    return 1;
  }
  return run({words[1], *last, new (shared) std::atomic<long>(*first)}, *workers, pinned);
}
