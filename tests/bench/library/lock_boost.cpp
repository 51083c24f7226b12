// bench_lock_boost COUNT: Boost.Interprocess's mutex, locked and unlocked COUNT times. It does not survive its holder.
#include <boost/interprocess/sync/interprocess_mutex.hpp>

#include "measured.hpp"

int main(int argc, char** argv) {
  const auto [count] = bench::numbers<1>(argc, argv);
  auto& mutex = bench::shared<boost::interprocess::interprocess_mutex>();
  const bench::Stopwatch watch;
  for (long i = 0; i < count; ++i) {
    mutex.lock();
    mutex.unlock();
  }
  return bench::report(watch.seconds(), true);
}
