// Five processes increment one value: it comes to exactly 5.
#include <cstdio>
#include <mutex>
#include <vector>

#include <mpr/mpr.hpp>

int main() {
  mpr::Value<int> value(0);
  std::vector<mpr::Process> processes;
  for (int i = 0; i < 5; ++i) {
    processes.emplace_back([&value] {
      const std::scoped_lock guard(value.lock());
      value.get() += 1;
    });
    processes.back().start();
  }
  for (mpr::Process& process : processes) process.join();
  std::printf("%d\n", value.get());
}
