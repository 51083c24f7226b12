// store_rows PATH [ROWS]: how many attempts a second a run store records, in batches of 1, 100 and 1000, and how many
// it finds again when a run is resumed.
//
//   store_rows /tmp/bench.db 200000
//
// Each has two words, one input and 20 bytes of output. PATH must not exist; it is removed afterwards.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
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

void tell(const char* what, size_t batch, uint64_t rows, double seconds) {
  std::printf("%-8s batch %4zu  %8.0f rows/s  %6.2f us a row\n", what, batch, static_cast<double>(rows) / seconds,
              seconds * 1e6 / static_cast<double>(rows));
}

void bench(const std::string& path, store::Durability durability, size_t batch, uint64_t rows) {
  store::Store store = store::Store::open(path, durability);
  store::RunWriter writer = store::RunWriter::begin(store, {});
  const double seconds = seconds_of([&] {
    for (uint64_t number = 1; number <= rows; ++number) {
      record(writer, number);
      if (writer.pending() == batch) writer.commit();
    }
    writer.finish(store::RunState::succeeded, 0, {});
  });
  tell(durability == store::Durability::power ? "FULL" : "NORMAL", batch, rows, seconds);
}

void bench_resume(const std::string& path) {
  store::Store store = store::Store::open_existing(path);
  const store::RunKey run = store.newest_run()->key;
  std::optional<store::Finished> finished;
  const double load = seconds_of([&] { finished = store::Finished::of(store, run, store::Retry::unfinished); });
  uint64_t found = 0;
  const double take = seconds_of([&] {
    for (uint64_t number = 1; number <= finished->size(); ++number) {
      if (finished->take(identity_of_number(number))) ++found;
    }
  });
  tell("load", 0, finished->size(), load);
  tell("take", 0, found, take);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 2 || argc > 3 || std::filesystem::exists(argv[1])) {
    std::fprintf(stderr, "usage: store_rows PATH [ROWS]    (PATH must not exist)\n");
    return 2;
  }
  const uint64_t rows = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 200'000;
  const std::string path = argv[1];
  for (const auto durability : {store::Durability::process, store::Durability::power}) {
    bench(path, durability, 1, rows / 20);
    bench(path, durability, 100, rows);
    bench(path, durability, 1000, rows);
  }
  bench_resume(path);
  for (const char* suffix : {"", "-wal", "-shm", ".lock"}) std::filesystem::remove(path + suffix);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "store_rows: %s\n", error.what());
  return 1;
}
