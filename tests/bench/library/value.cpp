// bench_value COUNT: five processes count an mpr::Value up to COUNT together, one step at a time, under its lock.
#include "mpr/value.hpp"

#include <mutex>
#include <vector>

#include "measured.hpp"
#include "mpr/barrier.hpp"
#include "mpr/process.hpp"

int main(int argc, char** argv) {
  const auto [count] = bench::numbers<1>(argc, argv);
  constexpr int kProcesses = 5;
  mpr::Value<int> value(0);
  mpr::Barrier together(kProcesses + 1);
  bench::SharedStart start;

  std::vector<mpr::Process> processes;
  for (int number = 0; number < kProcesses; ++number) {
    processes.emplace_back([&, steps = bench::part_of(count, kProcesses, number)] {
      (void)together.wait();
      start.mark();
      for (long i = 0; i < steps; ++i) {
        const std::scoped_lock guard(value.lock());
        value.get() += 1;
      }
    });
  }
  for (auto& process : processes) process.start();
  (void)together.wait();
  for (auto& process : processes) process.join();
  return bench::report(start.seconds(), value.get() == count);
}
