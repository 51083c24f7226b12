// bench_pool_apply COUNT: mpr::Pool with two workers squares COUNT numbers, each by an apply() of its own.
#include "measured.hpp"
#include "mpr/pool.hpp"

int main(int argc, char** argv) {
  const auto [count] = bench::numbers<1>(argc, argv);
  const auto square = [](long n) { return n * n; };
  mpr::Pool pool(2);
  for (long i = 0; i < 64; ++i) (void)pool.apply(square, i);  // now its workers run

  bool right = true;
  const bench::Stopwatch watch;
  for (long i = 0; i < count; ++i) right = pool.apply(square, i) == square(i) && right;
  return bench::report(watch.seconds(), right);
}
