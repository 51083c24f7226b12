// bench_pool_map CHUNK COUNT: mpr::Pool squares COUNT numbers in two workers; a CHUNK of 0 is the pool's own choice.
#include <cstddef>
#include <numeric>
#include <vector>

#include "measured.hpp"
#include "mpr/pool.hpp"

namespace {

long square(int n) {
  return static_cast<long>(n) * n;
}

int measure(const std::vector<int>& items, size_t chunk) {
  mpr::Pool pool(2);
  (void)pool.map(square, std::vector<int>(64), {.chunk = 1});  // now its workers run

  const bench::Stopwatch watch;
  const std::vector<long> squares = pool.map(square, items, {.chunk = chunk});
  const double seconds = watch.seconds();

  bool right = squares.size() == items.size();
  for (size_t i = 0; right && i < items.size(); ++i) right = squares[i] == square(items[i]);
  return bench::report(seconds, right);
}

}  // namespace

int main(int argc, char** argv) {
  const auto [chunk, count] = bench::numbers<2>(argc, argv);
  std::vector<int> items(static_cast<size_t>(count));
  std::iota(items.begin(), items.end(), 0);
  return measure(items, static_cast<size_t>(chunk));
}
