// Three processes share the terminal: with the lock held, each writes its lines undisturbed.
#include <cstdio>
#include <mutex>
#include <vector>

#include <mpr/mpr.hpp>

int main() {
  mpr::Lock lock;
  std::vector<mpr::Process> processes;
  for (int i = 1; i <= 3; ++i) {
    processes.emplace_back([&lock, i] {
      const std::scoped_lock guard(lock);
      std::printf("process %d begins\n", i);
      std::printf("process %d ends\n", i);
      std::fflush(stdout);
    });
    processes.back().start();
  }
  for (mpr::Process& process : processes) process.join();
}
