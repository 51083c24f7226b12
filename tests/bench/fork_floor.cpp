// bench_fork_floor WORKERS FIRST LAST: the fastest simple loop over a program that is loaded once, to measure the
// fork-server executor against.
//
//   bench_fork_floor 2 1 1000
//
// This is jobs/square, its main() called square_main() here. WORKERS processes, each on a CPU of its own, take numbers
// from a shared counter and for each do what any runner that gathers output must do: make a pipe, fork a child that
// calls square_main() with the number and the pipe as standard output, read to the end of file, wait. What was read is
// thrown away.
// Errors: exit status 1 when a task failed, 2 when the command line is wrong.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>

#include "floor.hpp"

int square_main(int argc, char** argv);

namespace {

/// One task from start to end; whether it succeeded.
bool run_task(long number) {
  char name[] = "square";
  std::array<char, 24> word{};
  std::to_chars(word.data(), word.data() + word.size() - 1, number);
  std::array<char*, 3> argv{name, word.data(), nullptr};

  std::array<int, 2> pipe_ends{};
  if (pipe2(pipe_ends.data(), O_CLOEXEC) != 0) return false;
  const pid_t child = fork();
  if (child == 0) {
    dup2(pipe_ends[1], STDOUT_FILENO);
    exit(square_main(2, argv.data()));
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
  const auto workers = argc == 4 ? whole_number(argv[1]) : std::nullopt;
  const auto first = argc == 4 ? whole_number(argv[2]) : std::nullopt;
  const auto last = argc == 4 ? whole_number(argv[3]) : std::nullopt;
  if (!workers || *workers < 1 || !first || !last) {
    std::fputs("usage: bench_fork_floor WORKERS FIRST LAST\n", stderr);
    return 2;
  }
  return mpr::bench::run_in_workers(*workers, true, *first, *last, run_task);
}
