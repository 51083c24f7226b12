// A function in a process of its own.
#include <cstdio>

#include <mpr/mpr.hpp>

int main() {
  mpr::Process p([] { std::puts("Worker process"); });
  p.start();
  p.join();
  std::printf("it ended with %d\n", p.exit_code().value());
}
