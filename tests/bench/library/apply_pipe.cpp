// bench_apply_pipe COUNT: the floor of round trips: COUNT numbers through a pipe to a process that squares them, and
// back through another.
#include <unistd.h>

#include <array>

#include "measured.hpp"

int main(int argc, char** argv) {
  const auto [count] = bench::numbers<1>(argc, argv);
  std::array<int, 2> there{};
  std::array<int, 2> back{};
  if (::pipe(there.data()) != 0 || ::pipe(back.data()) != 0) return 1;
  const pid_t child = ::fork();
  if (child == -1) return 1;
  if (child == 0) {
    ::close(there[1]);
    for (long value = 0; ::read(there[0], &value, sizeof value) == sizeof value;) {
      value *= value;
      if (::write(back[1], &value, sizeof value) != sizeof value) ::_exit(1);
    }
    ::_exit(0);
  }
  ::close(back[1]);
  bool right = true;
  const auto round_trip = [&](long number) {
    long value = number;
    right = ::write(there[1], &value, sizeof value) == sizeof value &&
            ::read(back[0], &value, sizeof value) == sizeof value && value == number * number && right;
  };
  for (long i = 0; i < 64; ++i) round_trip(i);  // now the child runs
  const bench::Stopwatch watch;
  for (long i = 0; i < count; ++i) round_trip(i);
  return bench::report(watch.seconds(), right);
}
