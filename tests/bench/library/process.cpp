// bench_process COUNT: COUNT times, an mpr::Process that does nothing is started and joined.
#include "mpr/process.hpp"

#include "measured.hpp"

int main(int argc, char** argv) {
  const auto [count] = bench::numbers<1>(argc, argv);
  bool right = true;
  const bench::Stopwatch watch;
  for (long i = 0; i < count; ++i) {
    mpr::Process process([] {});
    process.start();
    process.join();
    right = process.exit_code() == 0 && right;
  }
  return bench::report(watch.seconds(), right);
}
