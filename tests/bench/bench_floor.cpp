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
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <cstring>

#include "floor.hpp"

namespace {

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

}  // namespace

int main(int argc, char** argv) {
  using mpr::bench::whole_number;
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
  return mpr::bench::run_in_workers(*workers, pinned, *first, *last,
                                    [&](long number) { return run_task(words[1], number); });
}
