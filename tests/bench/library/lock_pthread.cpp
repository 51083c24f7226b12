// bench_lock_pthread COUNT: the floor of locks, locked and unlocked COUNT times.
#include "measured.hpp"
#include "shared_mutex.hpp"

int main(int argc, char** argv) {
  const auto [count] = bench::numbers<1>(argc, argv);
  auto& mutex = bench::shared<bench::SharedMutex>();
  const bench::Stopwatch watch;
  for (long i = 0; i < count; ++i) {
    mutex.lock();
    mutex.unlock();
  }
  return bench::report(watch.seconds(), true);
}
