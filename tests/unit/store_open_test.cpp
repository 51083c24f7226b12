// Opening what is there: nothing, something else, something older or newer, something damaged.
#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <random>

#include <catch2/catch.hpp>

#include "support/store_samples.hpp"
#include "support/temp_dir.hpp"

using namespace mpr;
using namespace mpr::test;
using Catch::Matchers::Contains;
using store::AttemptRecord;
using store::Durability;
using store::RunWriter;
using store::Store;
using store::StoreError;
using Cause = store::StoreError::Cause;

namespace {

constexpr uint64_t kTasks = 300;

std::string output_of(uint64_t number) {
  return std::string(number % 40 == 0 ? 9000 : number % 50, static_cast<char>('a' + number % 26));
}

/// A store with one run of kTasks tasks.
std::string write_store(const std::string& path) {
  Store store = Store::open(path, Durability::process);
  RunWriter writer = RunWriter::begin(store, sample_run());
  for (uint64_t number = 1; number <= kTasks; ++number)
    write_attempt(writer, sample_attempt(number), output_of(number), "err");
  writer.finish(store::RunState::succeeded, 0, {});
  return path;
}

void change(const std::string& path, const std::string& sql) {
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &database) == SQLITE_OK);
  CHECK(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(database);
}

struct Refusal {
  Cause cause{};
  std::string what, hint;
};

template <class Call>
Refusal refusal_of(Call call) {
  try {
    (void)call();
  } catch (const StoreError& error) {
    return {error.cause(), error.what(), error.hint()};
  }
  FAIL("not refused");
  return {};
}

Refusal refused(const std::string& path) {
  const Refusal writing = refusal_of([&] { return Store::open(path, Durability::process); });
  const Refusal reading = refusal_of([&] { return Store::open_existing(path); });
  CHECK(writing.what == reading.what);
  return writing;
}

/// How many tasks of a store that may be damaged are finished; each of them is as it was written.
uint64_t finished_intact(const std::string& path) {
  uint64_t count = 0;
  Store store = Store::open_existing(path);
  for (const store::RunRecord& run : store.runs()) {
    auto finished = store::Finished::of(store, run.key, store::Retry::unfinished);
    for (uint64_t number = 1; number <= kTasks; ++number) {
      const auto attempt = finished.take(sample_identity(number));
      if (!attempt) continue;
      ++count;
      AttemptRecord written = sample_attempt(number);
      written.out = {output_of(number).size(), false, 0, output_of(number)};
      written.err = {3, false, 0, "err"};
      if (!same(*attempt, written)) FAIL("a task that is not as it was written counts as finished");
    }
  }
  return count;
}

/// The same, where the store may refuse to be read. It must not do so in another way.
uint64_t finished_if_readable(const std::string& path) {
  try {
    return finished_intact(path);
  } catch (const StoreError&) {
    return 0;
  }
}

}  // namespace

TEST_CASE("store: to read one that is not there is refused") {
  const TempDir dir;
  const Refusal refusal = refusal_of([&] { return Store::open_existing(dir / "none/runs.db"); });
  CHECK(refusal.cause == Cause::absent);
  CHECK(refusal.what == "there is no store '" + dir / "none/runs.db" + "'");
  CHECK_FALSE(exists(dir / "none"));
}

TEST_CASE("store: a path that cannot be made is refused") {
  const TempDir dir;
  dir.write("file", "");
  const Refusal refusal = refusal_of([&] { return Store::open(dir / "file/runs.db", Durability::process); });
  CHECK(refusal.cause == Cause::failed);
  CHECK_THAT(refusal.what, Contains("cannot create store '" + dir / "file/runs.db" + "': Not a directory"));
}

TEST_CASE("store: a file of another kind is refused, and left as it is") {
  const TempDir dir;
  const std::string text = "I am no database, and long enough to be read as one: " + std::string(5000, '.');
  const Refusal refusal = refused(dir.write("text", text));
  CHECK(refusal.cause == Cause::damaged);
  CHECK(refusal.what == "store '" + dir / "text" + "' is damaged: file is not a database");
  CHECK_THAT(refusal.hint, Contains(".recover"));
  CHECK(read_file(dir / "text") == text);

  change(dir / "other.db", "CREATE TABLE t(x)");
  CHECK(refused(dir / "other.db").what == "'" + dir / "other.db" + "' is no run store, but another program's database");
}

TEST_CASE("store: one that is removed or replaced while it is written is told at the next commit") {
  const TempDir dir;
  Store store = Store::open(dir / "runs.db", Durability::process);
  RunWriter writer = RunWriter::begin(store, sample_run());
  std::filesystem::rename(dir / "runs.db", dir / "moved.db");
  if (GENERATE(false, true)) dir.write("runs.db", "");
  write_attempt(writer, sample_attempt(1));
  const Refusal refusal = refusal_of([&] {
    writer.commit();
    return 0;
  });
  CHECK(refusal.cause == Cause::failed);
  CHECK(refusal.what == "store '" + dir / "runs.db" + "' was moved or removed while it was in use");
}

TEST_CASE("store: an empty file is a new store") {
  const TempDir dir;
  CHECK(Store::open_existing(dir.write("runs.db", "")).runs().empty());
}

TEST_CASE("store: one of a newer format is refused, with both formats") {
  const TempDir dir;
  change(write_store(dir / "runs.db"), "PRAGMA user_version=99");
  const Refusal refusal = refused(dir / "runs.db");
  CHECK(refusal.cause == Cause::newer);
  CHECK(refusal.what == "store '" + dir / "runs.db" + "' has format 99, and this mpr knows formats up to 2");
}

TEST_CASE("store: one of an older format is brought up to date, to be read too") {
  const TempDir dir;
  change(write_store(dir / "runs.db"),
         "DROP TABLE jobs; DROP TABLE workers; DROP INDEX runs_by_plan; PRAGMA user_version=1");
  const bool to_write = GENERATE(true, false);
  {
    Store store = to_write ? Store::open(dir / "runs.db", Durability::process) : Store::open_existing(dir / "runs.db");
    CHECK(store.jobs(store.newest_run()->key).empty());
  }
  CHECK(finished_intact(dir / "runs.db") == kTasks);
}

TEST_CASE("store: a file that was cut off gives what is whole in it, or is refused") {
  const TempDir dir;
  write_store(dir / "whole.db");
  const auto size = std::filesystem::file_size(dir / "whole.db");
  for (uint64_t part = 0; part < 40; ++part) {
    std::filesystem::copy_file(dir / "whole.db", dir / "cut.db", std::filesystem::copy_options::overwrite_existing);
    std::filesystem::resize_file(dir / "cut.db", size * part / 40);
    CHECK(finished_if_readable(dir / "cut.db") < kTasks);
  }
}

TEST_CASE("store: whichever byte is damaged, no task is taken for finished that is not") {
  const TempDir dir;
  write_store(dir / "whole.db");
  const std::string whole = read_file(dir / "whole.db");
  std::mt19937 random(20261124);  // NOLINT(cert-msc51-cpp): the same bytes each time
  uint64_t unharmed = 0;
  for (int round = 0; round < 300; ++round) {
    std::string flipped = whole;
    // A third of them where SQLite's own structure is: the beginning of a page.
    size_t at = random() % flipped.size();
    if (round % 3 == 0) at = at / 4096 * 4096 + at % 100;
    flipped[at] = static_cast<char>(flipped[at] ^ (1 + static_cast<int>(random() % 255)));
    for (const char* suffix : {"-wal", "-shm"}) std::filesystem::remove(dir / ("flipped.db" + std::string(suffix)));
    if (finished_if_readable(dir.write("flipped.db", flipped)) == kTasks) ++unharmed;
  }
  CHECK(unharmed < 300);
}

TEST_CASE("store: a damaged write-ahead log gives what was committed before the damage, or is refused") {
  const TempDir dir;
  Store store = Store::open(dir / "runs.db", Durability::process);
  RunWriter writer = RunWriter::begin(store, sample_run());
  for (uint64_t number = 1; number <= kTasks; ++number) {
    write_attempt(writer, sample_attempt(number), output_of(number), "err");
    if (number % 10 == 0) writer.commit();
  }
  const std::string file = read_file(dir / "runs.db");
  const std::string log = read_file(dir / "runs.db-wal");
  REQUIRE(log.size() > 10'000);
  std::mt19937 random(1);  // NOLINT(cert-msc51-cpp): the same bytes each time
  for (int round = 0; round < 100; ++round) {
    std::string flipped = log;
    const size_t at = random() % flipped.size();
    flipped[at] = static_cast<char>(flipped[at] ^ 0x10);
    if (round % 2 == 0) flipped.resize(at);
    std::filesystem::remove(dir / "copy.db-shm");
    dir.write("copy.db", file);
    dir.write("copy.db-wal", flipped);
    CHECK(finished_if_readable(dir / "copy.db") <= kTasks);
  }
}

TEST_CASE("store: a run is found and resumed though the indexes have lost it") {
  const TempDir dir;
  write_store(dir / "runs.db");
  std::string damage = "PRAGMA writable_schema=ON;";
  for (const std::string index : {"runs_by_plan", "sqlite_autoindex_runs_1"}) {
    const std::string empty = "empty_" + index.substr(index.size() - 4);
    damage += "CREATE INDEX " + empty + " ON runs(plan) WHERE 0; UPDATE sqlite_schema SET rootpage=(SELECT rootpage " +
              "FROM sqlite_schema WHERE name='" + empty + "') WHERE name='" + index + "';";
  }
  damage += "DELETE FROM sqlite_schema WHERE name LIKE 'empty%'";
  change(dir / "runs.db", damage);
  Store store = Store::open(dir / "runs.db", Durability::process);
  REQUIRE_FALSE(store.check().empty());
  const auto run = store.newest_run(sample_run().plan);
  REQUIRE(run);
  CHECK(RunWriter::resume(store, run->info.id, 1).run().key == run->key);
  CHECK_FALSE(store.newest_run("another plan"));
}
