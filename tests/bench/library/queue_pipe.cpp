// bench_queue_pipe PAIRS COUNT: the floor of queues: a pipe, one write(2) and one read(2) of 8 bytes an item.
#include <unistd.h>

#include <array>
#include <atomic>

#include "measured.hpp"

namespace {

void carry(long part, long items, const std::array<int, 2>& ends, std::atomic<long>& sum) {
  const bool gets = part % 2 == 1;
  long own = 0;
  for (long i = 0; i < items; ++i) {
    long value = i;
    const ssize_t bytes = gets ? ::read(ends[0], &value, sizeof value) : ::write(ends[1], &value, sizeof value);
    if (bytes != sizeof value) ::_exit(1);
    own += value;
  }
  if (gets) sum += own;
}

}  // namespace

int main(int argc, char** argv) {
  const auto [pairs, count] = bench::numbers<2>(argc, argv);
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) return 1;
  auto& sum = bench::shared<std::atomic<long>>();
  long expected = 0;
  for (long pair = 0; pair < pairs; ++pair) {
    const long items = bench::part_of(count, pairs, pair);
    expected += items * (items - 1) / 2;
  }
  const double seconds = bench::seconds_in_processes(2 * pairs, [&, pairs = pairs, count = count](long number) {
    carry(number, bench::part_of(count, pairs, number / 2), ends, sum);
  });
  return bench::report(seconds, sum == expected);
}
