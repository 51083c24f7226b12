// What was committed is there, whenever its writer is killed.
#include <random>

#include <catch2/catch.hpp>

#include "support/process_support.hpp"
#include "support/rounds.hpp"
#include "support/store_samples.hpp"
#include "support/temp_dir.hpp"

using namespace mpr;
using namespace mpr::test;
using store::Durability;
using store::RunState;
using store::RunWriter;
using store::Store;

namespace {

std::string output_of(uint64_t number) {
  return std::string(number % 20 == 0 ? 20'000 : number % 100, static_cast<char>('a' + number % 26));
}

/// Commits again and again, and after each commit tells how many attempts there are. Never ends.
void write_for_ever(const std::string& path, Durability durability, uint64_t batch, int told) {
  Store store = Store::open(path, durability);
  RunWriter writer = RunWriter::begin(store, sample_run());
  for (uint64_t number = 1;; ++number) {
    writer.attempt_started(sample_attempt(number + 1));
    write_attempt(writer, sample_attempt(number), output_of(number), "err");
    if (number % batch != 0) continue;
    writer.commit();
    if (::write(told, &number, sizeof number) != sizeof number) ::_exit(1);
  }
}

uint64_t last_told(int fd) {
  uint64_t last = 0;
  for (uint64_t number = 0; ::read(fd, &number, sizeof number) == sizeof number;) last = number;
  return last;
}

/// Starts a writer, kills it `microseconds` after its first commit, and answers what it last told.
uint64_t write_and_be_killed(const std::string& path, Durability durability, uint64_t batch, int64_t microseconds) {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  const pid_t writer = ::fork();
  REQUIRE(writer >= 0);
  if (writer == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    try {
      write_for_ever(path, durability, batch, ends[1]);
    } catch (const std::exception&) {
    }
    ::_exit(1);
  }
  ::close(ends[1]);
  uint64_t told = 0;
  REQUIRE(::read(ends[0], &told, sizeof told) == sizeof told);
  const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds(microseconds);
  while (std::chrono::steady_clock::now() < end) {
  }
  ::kill(writer, SIGKILL);
  int status = 0;
  ::waitpid(writer, &status, 0);
  CHECK(WIFSIGNALED(status));
  told = std::max(told, last_told(ends[0]));
  ::close(ends[0]);
  return told;
}

void check_all_there(const std::string& path, uint64_t told, uint64_t batch) {
  Store store = Store::open(path, Durability::process);
  REQUIRE(store.check().empty());
  const store::RunRecord run = store.newest_run().value();
  CHECK(run.state == RunState::interrupted);
  auto finished = store::Finished::of(store, run.key, store::Retry::unfinished);
  // At most one batch that was committed could not be told of.
  CHECK((finished.size() == told || finished.size() == told + batch));
  CHECK(run.counts.succeeded == finished.size());
  for (uint64_t number = 1; number <= finished.size(); ++number) {
    const auto attempt = finished.take(sample_identity(number));
    if (!attempt || output_text(store, *attempt) != output_of(number)) FAIL("task " << number << " of " << told);
  }
  CHECK(RunWriter::resume(store, run.info.id, 1).were_running().size() == 1);
}

}  // namespace

TEST_CASE("store: what was committed is there, whenever the writer is killed", "[soak]") {
  Rounds rounds{2};
  while (const auto seed = rounds.next()) {
    CAPTURE(*seed);
    const NothingLeft nothing_left;
    const TempDir dir;
    std::mt19937_64 random(*seed);
    const Durability durability = *seed % 2 == 0 ? Durability::process : Durability::power;
    for (int round = 0; round < 60; ++round) {
      const uint64_t batch = round % 3 == 0 ? 1 : 1 + random() % 100;
      // One in three in a store of its own: killed while the store is young.
      const std::string path = dir / (round % 3 == 1 ? std::to_string(round) + ".db" : std::string("runs.db"));
      const auto microseconds = static_cast<int64_t>(random() % 15'000);
      INFO("batch " << batch << ", killed after " << microseconds << " us");
      const uint64_t told = write_and_be_killed(path, durability, batch, microseconds);
      check_all_there(path, told, batch);
    }
  }
}
