// bench_process_fork COUNT: the floor of processes: fork(2), _exit(2) and waitpid(2), COUNT times.
#include <sys/wait.h>
#include <unistd.h>

#include "measured.hpp"

int main(int argc, char** argv) {
  const auto [count] = bench::numbers<1>(argc, argv);
  bool right = true;
  const bench::Stopwatch watch;
  for (long i = 0; i < count; ++i) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(0);
    int status = 0;
    right = ::waitpid(child, &status, 0) == child && status == 0 && right;
  }
  return bench::report(watch.seconds(), right);
}
