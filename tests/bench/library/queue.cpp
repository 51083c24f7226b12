// bench_queue PAIRS COUNT: COUNT numbers through an mpr::Queue, from PAIRS processes to as many others.
#include "mpr/queue.hpp"

#include <atomic>
#include <vector>

#include "measured.hpp"
#include "mpr/barrier.hpp"
#include "mpr/process.hpp"

int main(int argc, char** argv) {
  const auto [pairs, count] = bench::numbers<2>(argc, argv);
  mpr::Queue<long> queue;
  mpr::Barrier together(static_cast<int>(2 * pairs + 1));
  bench::SharedStart start;
  auto& sum = bench::shared<std::atomic<long>>();

  std::vector<mpr::Process> processes;
  for (long pair = 0; pair < pairs; ++pair) {
    const long items = bench::part_of(count, pairs, pair);
    processes.emplace_back([&queue, &together, &start, items] {
      (void)together.wait();
      start.mark();
      for (long i = 0; i < items; ++i) queue.put(i);
    });
    processes.emplace_back([&queue, &together, &start, &sum, items] {
      (void)together.wait();
      start.mark();
      long own = 0;
      for (long i = 0; i < items; ++i) own += queue.get();
      sum += own;
    });
  }
  for (auto& process : processes) process.start();
  (void)together.wait();
  for (auto& process : processes) process.join();
  const double seconds = start.seconds();

  long expected = 0;
  for (long pair = 0; pair < pairs; ++pair) {
    const long items = bench::part_of(count, pairs, pair);
    expected += items * (items - 1) / 2;
  }
  return bench::report(seconds, sum == expected);
}
