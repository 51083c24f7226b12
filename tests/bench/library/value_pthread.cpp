// bench_value_pthread COUNT: the floor of shared values: five processes count to COUNT under a shared mutex.
#include <mutex>

#include "measured.hpp"
#include "shared_mutex.hpp"

int main(int argc, char** argv) {
  const auto [count] = bench::numbers<1>(argc, argv);
  constexpr long kProcesses = 5;
  auto& mutex = bench::shared<bench::SharedMutex>();
  auto& value = bench::shared<int>();
  const double seconds = bench::seconds_in_processes(kProcesses, [&, count = count](long number) {
    for (long left = bench::part_of(count, kProcesses, number); left > 0; --left) {
      const std::scoped_lock guard(mutex);
      value += 1;
    }
  });
  return bench::report(seconds, value == count);
}
