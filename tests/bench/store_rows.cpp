// store_rows PATH process|power BATCH COUNT: the seconds that a run store takes to record so many attempts, committed
// in batches; store_rows PATH resume 0 COUNT: to find as many again, as a resumed run does.
//
// Each attempt has two words, one input and 20 bytes of output. PATH and what belongs to it is removed before and
// after.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>

#include "store/finished.hpp"
#include "store/run_writer.hpp"

using namespace mpr;

namespace {

store::Identity identity_of_number(uint64_t number) {
  store::TaskContent content;
  content.argv = {"./square", std::to_string(number)};
  return store::identity_of(content);
}

void record(store::RunWriter& writer, uint64_t number) {
  constexpr std::string_view kOutput = "12345678901234567890";
  store::AttemptRecord attempt;
  attempt.argv = {"./square", std::to_string(number)};
  attempt.inputs = {std::to_string(number)};
  attempt.identity = identity_of_number(number);
  attempt.success = true;
  attempt.started = store::unix_now();
  attempt.result.number = number;
  attempt.result.elapsed = std::chrono::microseconds(700);
  attempt.result.usage = {std::chrono::microseconds(300), std::chrono::microseconds(200), 3000};
  writer.output({0, number}, 1, worker::Stream::out, std::as_bytes(std::span(kOutput)));
  writer.attempt_ended(std::move(attempt));
}

double seconds_of(const auto& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double seconds_to_record(const std::string& path, store::Durability durability, size_t batch, uint64_t rows) {
  store::Store store = store::Store::open(path, durability);
  store::RunWriter writer = store::RunWriter::begin(store, {});
  return seconds_of([&] {
    for (uint64_t number = 1; number <= rows; ++number) {
      record(writer, number);
      if (writer.pending() == batch) writer.commit();
    }
    writer.finish(store::RunState::succeeded, 0, {});
  });
}

double seconds_to_find(const std::string& path, uint64_t rows) {
  (void)seconds_to_record(path, store::Durability::process, 1000, rows);
  store::Store store = store::Store::open_existing(path);
  uint64_t found = 0;
  const double seconds = seconds_of([&] {
    store::Finished finished = store::Finished::of(store, store.newest_run()->key, store::Retry::unfinished);
    for (uint64_t number = 1; number <= rows; ++number) found += finished.take(identity_of_number(number)).has_value();
  });
  if (found != rows) throw std::runtime_error("not all that was recorded was found");
  return seconds;
}

void remove_store(const std::string& path) {
  for (const char* suffix : {"", "-wal", "-shm", ".lock"}) std::filesystem::remove(path + suffix);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 5) {
    std::fprintf(stderr, "usage: store_rows PATH process|power|resume BATCH COUNT\n");
    return 2;
  }
  const std::string path = argv[1];
  const std::string what = argv[2];
  const uint64_t count = std::strtoull(argv[4], nullptr, 10);
  remove_store(path);
  const auto durability = what == "power" ? store::Durability::power : store::Durability::process;
  const double seconds = what == "resume"
                             ? seconds_to_find(path, count)
                             : seconds_to_record(path, durability, std::strtoull(argv[3], nullptr, 10), count);
  std::printf("%.9f\n", seconds);
  remove_store(path);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "store_rows: %s\n", error.what());
  return 1;
}
