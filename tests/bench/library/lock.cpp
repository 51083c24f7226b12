// bench_lock COUNT: mpr::Lock, locked and unlocked COUNT times by one process that nobody disturbs.
#include "mpr/lock.hpp"

#include "measured.hpp"

int main(int argc, char** argv) {
  const auto [count] = bench::numbers<1>(argc, argv);
  mpr::Lock lock;
  const bench::Stopwatch watch;
  for (long i = 0; i < count; ++i) {
    lock.lock();
    lock.unlock();
  }
  return bench::report(watch.seconds(), !lock.locked());
}
