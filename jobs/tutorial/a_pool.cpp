// Four workers square four numbers.
#include <cstdio>
#include <vector>

#include <mpr/mpr.hpp>

int main() {
  mpr::Pool pool(4);
  const std::vector<int> squares = pool.map([](int n) { return n * n; }, std::vector{1, 2, 3, 4});
  for (const int square : squares) std::printf("%d\n", square);
}
