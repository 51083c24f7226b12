// What the programs that compare libraries have in common: each measures its own work, checks its result and prints the
// seconds that the work took. How long its processes, its pool or its queue took to make is not counted.
#pragma once

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <span>
#include <system_error>
#include <utility>

namespace bench {

class Stopwatch {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// Prints the seconds; the exit status of the program.
[[nodiscard]] inline int report(double seconds, bool right) {
  if (!right) {
    std::fputs("the result is wrong\n", stderr);
    return 1;
  }
  std::printf("%.9f\n", seconds);
  return 0;
}

/// The numbers on the command line, which must be as many, or else the program ends.
template <size_t kCount>
[[nodiscard]] std::array<long, kCount> numbers(int argc, char** argv) {
  const std::span<char*> words(argv, static_cast<size_t>(argc));
  if (words.size() != kCount + 1) {
    std::fprintf(stderr, "%s: %zu numbers are needed\n", words[0], kCount);
    std::exit(2);
  }
  std::array<long, kCount> values{};
  for (size_t i = 0; i < kCount; ++i) values[i] = std::strtol(words[i + 1], nullptr, 10);
  return values;
}

/// How many of `items` the one of `parts` with number `part` has to do.
[[nodiscard]] inline long part_of(long items, long parts, long part) {
  return (items + parts - 1 - part) / parts;
}

/// An object in memory that forked children share. Lives as long as the program.
template <class T>
[[nodiscard]] T& shared() {
  void* const memory = ::mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mmap");
  return *new (memory) T{};
}

/// When the first of several processes began, by the clock that they share. The parent cannot tell: where there are
/// fewer CPUs than processes, much is done before it runs again.
class SharedStart {
 public:
  /// Each process, as it begins.
  void mark() {
    const int64_t now = nanoseconds();
    int64_t first = first_.load();
    while ((first == 0 || now < first) && !first_.compare_exchange_weak(first, now)) {
    }
  }
  /// From there until now.
  [[nodiscard]] double seconds() const { return static_cast<double>(nanoseconds() - first_.load()) / 1e9; }

 private:
  static int64_t nanoseconds() {
    return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
  }

  std::atomic<int64_t>& first_ = shared<std::atomic<int64_t>>();
};

/// Runs work(0), work(1)... in so many forked processes, which begin together: the seconds from there to their end.
template <class Work>
[[nodiscard]] double seconds_in_processes(long processes, Work work) {
  SharedStart start;
  std::array<int, 2> gate{};
  if (::pipe(gate.data()) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  for (long number = 0; number < processes; ++number) {
    const pid_t child = ::fork();
    if (child == -1) throw std::system_error(errno, std::generic_category(), "fork");
    if (child != 0) continue;
    ::close(gate[1]);
    char nothing = 0;
    (void)!::read(gate[0], &nothing, 1);  // until the parent closes its end
    start.mark();
    work(number);
    ::_exit(0);
  }
  ::close(gate[1]);
  while (::wait(nullptr) > 0) {
  }
  const double seconds = start.seconds();
  ::close(gate[0]);
  return seconds;
}

}  // namespace bench
