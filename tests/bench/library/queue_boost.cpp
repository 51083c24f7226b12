// bench_queue_boost PAIRS COUNT: a queue's work with Boost.Interprocess's message_queue (of 1000 messages).
#include <unistd.h>

#include <atomic>
#include <string>

#include <boost/interprocess/ipc/message_queue.hpp>

#include "measured.hpp"

int main(int argc, char** argv) {
  const auto [pairs, count] = bench::numbers<2>(argc, argv);
  using Queue = boost::interprocess::message_queue;
  const std::string name = "mpr-bench." + std::to_string(::getpid());
  Queue queue(boost::interprocess::create_only, name.c_str(), 1000, sizeof(long));
  Queue::remove(name.c_str());  // the children have it mapped
  auto& sum = bench::shared<std::atomic<long>>();
  long expected = 0;
  for (long pair = 0; pair < pairs; ++pair) {
    const long items = bench::part_of(count, pairs, pair);
    expected += items * (items - 1) / 2;
  }
  const double seconds = bench::seconds_in_processes(2 * pairs, [&, pairs = pairs, count = count](long number) {
    const long items = bench::part_of(count, pairs, number / 2);
    if (number % 2 == 0) {
      for (long i = 0; i < items; ++i) queue.send(&i, sizeof i, 0);
      return;
    }
    long own = 0;
    for (long i = 0; i < items; ++i) {
      long value = 0;
      Queue::size_type bytes = 0;
      unsigned priority = 0;
      queue.receive(&value, sizeof value, bytes, priority);
      own += value;
    }
    sum += own;
  });
  return bench::report(seconds, sum == expected);
}
