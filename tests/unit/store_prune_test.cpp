#include <filesystem>

#include <catch2/catch.hpp>

#include "support/store_samples.hpp"
#include "support/temp_dir.hpp"

using namespace mpr;
using namespace mpr::test;
using namespace std::chrono_literals;
using store::Durability;
using store::RunState;
using store::RunWriter;
using store::Store;

namespace {

void write_run(Store& store, const std::string& id, uint64_t tasks = 3) {
  store::RunInfo info = sample_run();
  info.id = id;
  RunWriter writer = RunWriter::begin(store, info);
  writer.workers_started(std::vector{store::WorkerRecord{}});
  writer.job_changed({});
  for (uint64_t number = 1; number <= tasks; ++number)
    write_attempt(writer, sample_attempt(number), std::string(number == 1 ? 20'000 : 1000, 'x'));
  writer.finish(RunState::succeeded, 0, {});
}

std::vector<std::string> ids(Store& store) {
  std::vector<std::string> all;
  for (const store::RunRecord& run : store.runs()) all.push_back(run.info.id);
  return all;
}

}  // namespace

TEST_CASE("prune: the newest runs are kept, with all that belongs to them") {
  const TempDir dir;
  Store store = Store::open(dir / "runs.db", Durability::process);
  for (const char* id : {"a", "b", "c", "d"}) write_run(store, id);
  const store::RunKey first = store.runs()[0].key;
  const store::Pruned pruned = store.prune({.keep = 2}, store::unix_now());
  CHECK(pruned.runs == 2);
  CHECK(ids(store) == std::vector<std::string>{"c", "d"});
  CHECK(all_attempts(store, first).empty());
  CHECK(store.workers(first).empty());
  CHECK(store.jobs(first).empty());
  CHECK_FALSE(exists(dir / "runs.db.outputs/a"));
  const auto kept = all_attempts(store, store.runs()[0].key);
  REQUIRE(kept.size() == 3);
  CHECK(output_text(store, kept[0]) == std::string(20'000, 'x'));
  CHECK(store.check().empty());
}

TEST_CASE("prune: runs are removed by age, and only if neither rule keeps them") {
  const TempDir dir;
  Store store = Store::open(dir / "runs.db", Durability::process);
  for (const char* id : {"a", "b", "c"}) write_run(store, id);
  const store::UnixTime in_an_hour = store::unix_now() + std::chrono::nanoseconds(1h).count();
  CHECK(store.prune({.older_than = 2h}, in_an_hour).runs == 0);
  CHECK(store.prune({.keep = 0, .older_than = 2h}, in_an_hour).runs == 0);
  CHECK(store.prune({.keep = 2, .older_than = 30min}, in_an_hour).runs == 1);
  CHECK(ids(store) == std::vector<std::string>{"b", "c"});
  CHECK(store.prune({}, in_an_hour).runs == 0);
  CHECK(store.prune({.older_than = 30min}, in_an_hour).runs == 2);
}

TEST_CASE("prune: a run that is being written stays") {
  const TempDir dir;
  Store store = Store::open(dir / "runs.db", Durability::process);
  write_run(store, "a");
  RunWriter writer = RunWriter::begin(store, sample_run());
  const store::Pruned pruned = store.prune({.keep = 0}, store::unix_now());
  CHECK(pruned.runs == 1);
  CHECK(pruned.running == 1);
  CHECK(ids(store) == std::vector<std::string>{writer.run().info.id});
  write_attempt(writer, sample_attempt(1));
  writer.commit();
}

TEST_CASE("prune: the room is given back, and files that no run owns") {
  const TempDir dir;
  Store store = Store::open(dir / "runs.db", Durability::process);
  write_run(store, "a", 25'000);
  write_run(store, "b");
  std::filesystem::create_directories(dir / "runs.db.outputs/gone");
  CHECK(std::filesystem::file_size(dir / "runs.db") > 20'000'000);
  CHECK(store.prune({.keep = 1}, store::unix_now()).runs == 1);
  CHECK(std::filesystem::file_size(dir / "runs.db") < 1'000'000);
  CHECK_FALSE(exists(dir / "runs.db.outputs/gone"));
  CHECK(exists(dir / "runs.db.outputs/b"));
  CHECK(store.check().empty());
}

TEST_CASE("prune: a key is never given again") {
  const TempDir dir;
  Store store = Store::open(dir / "runs.db", Durability::process);
  write_run(store, "a");
  const store::RunKey first = store.runs()[0].key;
  CHECK(store.prune({.keep = 0}, store::unix_now()).runs == 1);
  write_run(store, "b");
  CHECK(store.runs()[0].key > first);
}
