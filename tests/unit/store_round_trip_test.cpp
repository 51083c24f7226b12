// What is written to a store is what is read from it.
#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "support/store_samples.hpp"
#include "support/temp_dir.hpp"

using namespace mpr;
using namespace mpr::test;
using store::AttemptRecord;
using store::Durability;
using store::RunState;
using store::RunWriter;
using store::Store;
using worker::Ending;
using worker::Stream;

namespace {

std::vector<AttemptRecord> one_of_each_ending() {
  std::vector<AttemptRecord> records;
  for (uint64_t number = 1; number <= 11; ++number) records.push_back(sample_attempt(number));
  records[1].result.status = os::ExitStatus::exited(3);
  records[1].success = false;
  records[1].final = false;
  records[2].result.status = os::ExitStatus::signaled(11, true);
  records[3].result.ending = Ending::timed_out;
  records[3].result.status = os::ExitStatus::signaled(9);
  records[4].result.ending = Ending::could_not_start;
  records[4].result.failure = {2, os::SpawnStep::directory};
  records[5].result.ending = Ending::worker_lost;
  records[6].result.ending = Ending::cancelled;
  records[6].result.leaked = true;
  records[6].result.attempt = 4;
  records[7].job = 3;
  records[7].inputs = {};
  records[7].argv = {"", "a\nb", "\xff\xfe", ""};
  records[8].result.ending = Ending::no_answer;
  records[8].result.fault = worker::Fault::malformed;
  records[9].result.status = os::ExitStatus::signaled(9);
  records[9].result.out_of_memory = true;
  records[10].result.ending = Ending::worker_lost;
  records[10].result.out_of_memory = true;
  return records;
}

unsigned mode_of(const std::string& path) {
  struct stat about {};
  REQUIRE(::stat(path.c_str(), &about) == 0);
  return about.st_mode & 07777U;
}

}  // namespace

TEST_CASE("store: each column of an attempt comes back") {
  const TempDir dir;
  Store store = Store::open(dir / "runs.db", GENERATE(Durability::process, Durability::power));
  RunWriter writer = RunWriter::begin(store, sample_run());
  std::vector<AttemptRecord> written = one_of_each_ending();
  for (const AttemptRecord& record : written) write_attempt(writer, record, "out", std::string("e\0r", 3));
  CHECK(writer.pending() == written.size());
  CHECK(all_attempts(store, writer.run().key).empty());
  writer.commit();
  CHECK(writer.pending() == 0);
  const std::vector<AttemptRecord> read = all_attempts(store, writer.run().key);
  REQUIRE(read.size() == written.size());
  for (size_t i = 0; i < read.size(); ++i) {
    written[i].out = {3, false, 0, "out"};
    written[i].err = {3, false, 0, std::string("e\0r", 3)};
    INFO(i);
    CHECK(same(read[i], written[i]));
    CHECK(store.attempt(read[i].key).has_value());
  }
  CHECK_FALSE(store.attempt({12345}).has_value());
}

TEST_CASE("store: a run comes back, and its state") {
  const TempDir dir;
  Store store = Store::open(dir / "runs.db", Durability::process);
  {
    RunWriter writer = RunWriter::begin(store, sample_run());
    writer.set_total(10);
    CHECK(writer.pending() == 1);
    write_attempt(writer, sample_attempt(1));
    writer.commit();
    const auto running = store.newest_run().value();
    CHECK(running.state == RunState::running);
    CHECK(running.counts == store::Counts{.total = 10, .succeeded = 1});
    CHECK(running.info.title == "a \xff title");
    CHECK(running.info.directory == "/home/ann");
    CHECK(running.info.workers == 4);
    CHECK(running.info.kind == store::RunKind::run);
    CHECK(running.process == os::ProcessIdentity::own());
    CHECK(running.boot_id == store::own_boot_id());
    CHECK(running.sessions == 1);
    CHECK(running.started > 0);
    CHECK(running.ended == 0);
    writer.finish(RunState::interrupted, 15, {10, 1, 2, 3, 4, 5});
  }
  const auto ended = store.newest_run("/home/ann/plan.json").value();
  CHECK(ended.state == RunState::interrupted);
  CHECK(ended.signal == 15);
  CHECK(ended.counts == store::Counts{10, 1, 2, 3, 4, 5});
  CHECK(ended.ended >= ended.started);
  CHECK_FALSE(store.newest_run("/home/ann/other.json").has_value());
}

TEST_CASE("store: jobs and workers come back") {
  const TempDir dir;
  Store store = Store::open(dir / "runs.db", Durability::process);
  RunWriter writer = RunWriter::begin(store, sample_run());
  const store::JobRecord first{0, "square", store::JobState::succeeded, "", {4, 4, 0, 0, 0, 0}, 5, 6};
  store::JobRecord second{1, "sum", store::JobState::waiting, "", {}, 0, 0};
  writer.job_changed(first);
  writer.job_changed(second);
  writer.commit();
  second.state = store::JobState::skipped;
  second.because = "square";
  writer.job_changed(second);
  writer.commit();
  CHECK(store.jobs(writer.run().key) == std::vector{first, second});

  const store::WorkerRecord worker{1, 2, os::ProcessIdentity::own(), store::own_boot_id(), "0-1"};
  writer.workers_started(std::vector{worker});
  CHECK(store.workers(writer.run().key) == std::vector{worker});
  CHECK(store.surviving_workers(writer.run().key).size() == 1);
}

TEST_CASE("store: a worker that is no more is no survivor") {
  const TempDir dir;
  Store store = Store::open(dir / "runs.db", Durability::process);
  RunWriter writer = RunWriter::begin(store, sample_run());
  os::ProcessIdentity another = os::ProcessIdentity::own();
  ++another.start;
  writer.workers_started(std::vector{store::WorkerRecord{1, 1, another, "", ""}});
  CHECK(store.workers(writer.run().key).size() == 1);
  CHECK(store.surviving_workers(writer.run().key).empty());
}

TEST_CASE("store: an attempt that was started is there as running, until it ends") {
  const TempDir dir;
  Store store = Store::open(dir / "runs.db", Durability::process);
  RunWriter writer = RunWriter::begin(store, sample_run());
  const store::RunKey run = writer.run().key;
  writer.attempt_started(sample_attempt(1));
  writer.attempt_started(sample_attempt(2));
  writer.attempt_started(sample_attempt(3));
  writer.discard({0, 3}, 1);
  write_attempt(writer, sample_attempt(1), "one");
  writer.commit();
  auto attempts = all_attempts(store, run);
  REQUIRE(attempts.size() == 2);
  CHECK_FALSE(attempts[0].running);
  CHECK(attempts[1].running);
  CHECK_FALSE(attempts[1].final);
  CHECK(attempts[1].task() == store::TaskRef{0, 2});
  writer.commit();
  write_attempt(writer, sample_attempt(2), "two");
  writer.commit();
  attempts = all_attempts(store, run);
  REQUIRE(attempts.size() == 2);
  CHECK_FALSE(attempts[1].running);
  CHECK(output_text(store, attempts[1]) == "two");
  writer.attempt_started(sample_attempt(4));
  writer.commit();
  CHECK(all_attempts(store, run).size() == 3);
  writer.discard({0, 4}, 1);
  writer.commit();
  CHECK(all_attempts(store, run).size() == 2);
}

TEST_CASE("store: output beyond 16 KiB is in a file, whole") {
  const TempDir dir;
  Store store = Store::open(dir / "runs.db", GENERATE(Durability::process, Durability::power));
  RunWriter writer = RunWriter::begin(store, sample_run());
  const std::string small(16UL * 1024, 's');
  std::string large;
  for (int i = 0; i < 40'000; ++i) large += std::to_string(i);
  for (size_t at = 0; at < large.size(); at += 1000) {
    writer.output({0, 1}, 1, Stream::out, bytes_of(large).subspan(at, std::min<size_t>(1000, large.size() - at)));
  }
  writer.output({0, 1}, 1, Stream::err, bytes_of(small));
  writer.attempt_ended(sample_attempt(1));
  writer.output({0, 2}, 1, Stream::out, bytes_of(large));
  writer.discard({0, 2}, 1);
  writer.commit();
  const auto attempts = all_attempts(store, writer.run().key);
  REQUIRE(attempts.size() == 1);
  CHECK(attempts[0].out.in_file);
  CHECK(attempts[0].out.bytes == large.size());
  CHECK_FALSE(attempts[0].err.in_file);
  CHECK(output_text(store, attempts[0]) == large);
  CHECK(output_text(store, attempts[0], Stream::err) == small);
  CHECK_FALSE(exists(dir / ("runs.db.outputs/" + writer.run().info.id + "/2.out")));
  CHECK(mode_of(dir / "runs.db.outputs") == 0700);
  CHECK(mode_of(dir / ("runs.db.outputs/" + writer.run().info.id)) == 0700);
  CHECK(mode_of(dir / ("runs.db.outputs/" + writer.run().info.id + "/1.out")) == 0600);
}

TEST_CASE("store: it is its user's alone, whatever the umask") {
  const TempDir dir;
  const mode_t before = ::umask(GENERATE(0000, 0377));
  const std::string path = dir / "a/b/runs.db";
  {
    Store store = Store::open(path, Durability::process);
    const RunWriter writer = RunWriter::begin(store, sample_run());
    CHECK(mode_of(path + "-wal") == 0600);
  }
  ::umask(before);
  CHECK(mode_of(path) == 0600);
  CHECK(mode_of(path + ".lock") == 0600);
  CHECK(mode_of(dir / "a") == 0700);
  CHECK(mode_of(dir / "a/b") == 0700);
}

TEST_CASE("store: a resumed run goes on in the same record") {
  const TempDir dir;
  Store store = Store::open(dir / "runs.db", Durability::process);
  std::string id;
  {
    RunWriter writer = RunWriter::begin(store, sample_run());
    id = writer.run().info.id;
    write_attempt(writer, sample_attempt(1), "one");
    writer.attempt_started(sample_attempt(2));
    writer.commit();
    write_attempt(writer, sample_attempt(3), "never committed");
  }
  CHECK(store.newest_run()->state == RunState::interrupted);
  RunWriter writer = RunWriter::resume(store, id, 7);
  CHECK(writer.run().info.id == id);
  CHECK(writer.run().sessions == 2);
  CHECK(writer.run().session_started > writer.run().started);
  CHECK(writer.run().info.workers == 7);
  REQUIRE(writer.were_running().size() == 1);
  CHECK(writer.were_running()[0].task() == store::TaskRef{0, 2});
  auto attempts = all_attempts(store, writer.run().key);
  REQUIRE(attempts.size() == 1);
  writer.reused(attempts[0], {2, 5});
  write_attempt(writer, sample_attempt(2), "two");
  writer.commit();
  attempts = all_attempts(store, writer.run().key);
  REQUIRE(attempts.size() == 2);
  CHECK(attempts[0].task() == store::TaskRef{2, 5});
  CHECK(output_text(store, attempts[0]) == "one");
  CHECK(store.newest_run()->state == RunState::running);
  CHECK(store.newest_run()->counts == store::Counts{.succeeded = 2, .reused = 1});
  CHECK_THROWS_AS(RunWriter::resume(store, "nowhere", 1), store::StoreError);
}

TEST_CASE("store: runs are found by id, by the beginning of an id, and in order") {
  const TempDir dir;
  Store store = Store::open(dir / "runs.db", Durability::process);
  for (const char* id : {"ab-1", "ab-2", "cd-1", "ab-22"}) {
    store::RunInfo info = sample_run();
    info.id = id;
    RunWriter writer = RunWriter::begin(store, info);
    writer.finish(RunState::succeeded, 0, {});
  }
  CHECK(store.runs().size() == 4);
  store::RunInfo again = sample_run();
  again.id = "ab-1";
  CHECK_THROWS_WITH(RunWriter::begin(store, again), "store '" + dir / "runs.db" + "' has a run ab-1 already");
  CHECK(store.find_runs("cd").at(0).info.id == "cd-1");
  CHECK(store.find_runs("ab").size() == 3);
  CHECK(store.find_runs("ab-2").size() == 1);
  CHECK(store.find_runs("x").empty());
  CHECK(store.find_runs("%").empty());
  CHECK(store.newest_run()->info.id == "ab-22");
  CHECK(store::new_run_id() != store::new_run_id());
}
