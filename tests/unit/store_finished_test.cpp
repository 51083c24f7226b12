// What a resumed run finds done.
#include <sqlite3.h>

#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>

#include "store/finished.hpp"
#include "support/store_samples.hpp"
#include "support/temp_dir.hpp"

using namespace mpr;
using namespace mpr::test;
using store::AttemptRecord;
using store::Durability;
using store::Finished;
using store::Retry;
using store::RunWriter;
using store::Store;
using worker::Ending;

namespace {

AttemptRecord ended(uint64_t number, Ending ending, bool success, bool final = true) {
  AttemptRecord record = sample_attempt(number);
  record.result.ending = ending;
  record.success = success;
  record.final = final;
  return record;
}

/// A store with one run, written and closed.
class Recorded {
 public:
  explicit Recorded(const std::vector<AttemptRecord>& records, const std::string& out = "out") {
    Store store = Store::open(path(), Durability::process);
    RunWriter writer = RunWriter::begin(store, sample_run());
    for (const AttemptRecord& record : records) write_attempt(writer, record, out);
    writer.attempt_started(sample_attempt(1000));
    writer.commit();
    id_ = writer.run().info.id;
    key_ = writer.run().key;
  }
  [[nodiscard]] std::string path() const { return dir_ / "runs.db"; }
  [[nodiscard]] std::string file(const std::string& name) const { return path() + ".outputs/" + id_ + "/" + name; }
  [[nodiscard]] store::RunKey key() const { return key_; }

  void change(const char* sql) const {
    sqlite3* database = nullptr;
    REQUIRE(sqlite3_open(path().c_str(), &database) == SQLITE_OK);
    CHECK(sqlite3_exec(database, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
    CHECK(sqlite3_changes(database) > 0);
    sqlite3_close(database);
  }

 private:
  TempDir dir_;
  std::string id_;
  store::RunKey key_ = 0;
};

}  // namespace

TEST_CASE("finished: what ended by itself is, what was ended by mpr's own end is not") {
  const Recorded recorded({ended(1, Ending::exited, true), ended(2, Ending::exited, false),
                           ended(3, Ending::could_not_start, false), ended(4, Ending::timed_out, false),
                           ended(5, Ending::cancelled, false), ended(6, Ending::worker_lost, false),
                           ended(7, Ending::exited, false, false), ended(8, Ending::no_answer, false)});
  Store store = Store::open_existing(recorded.path());
  Finished finished = Finished::of(store, recorded.key(), Retry::unfinished);
  CHECK(finished.size() == 5);
  for (const uint64_t number : {1, 2, 3, 4, 8}) {
    CHECK(finished.take(sample_identity(number))->result.number == number);
    CHECK_FALSE(finished.take(sample_identity(number)).has_value());
  }
  for (const uint64_t number : {5, 6, 7, 9, 1000}) CHECK_FALSE(finished.take(sample_identity(number)).has_value());

  Finished succeeded = Finished::of(store, recorded.key(), Retry::failed);
  CHECK(succeeded.size() == 1);
  CHECK(succeeded.take(sample_identity(1)).has_value());
  CHECK(Finished::of(store, recorded.key() + 1, Retry::unfinished).size() == 0);
}

TEST_CASE("finished: tasks of one identity take their results in the order of the tasks") {
  std::vector<AttemptRecord> records;
  for (const uint64_t number : {3, 1, 2}) {
    records.push_back(sample_attempt(number));
    records.back().identity = sample_identity(77);
  }
  const Recorded recorded(records);
  Store store = Store::open_existing(recorded.path());
  Finished finished = Finished::of(store, recorded.key(), Retry::unfinished);
  for (const uint64_t number : {1, 2, 3}) CHECK(finished.take(sample_identity(77))->result.number == number);
  CHECK_FALSE(finished.take(sample_identity(77)).has_value());
  CHECK(finished.damaged() == 0);
}

TEST_CASE("finished: of two results of one task the last counts") {
  AttemptRecord again = sample_attempt(1);
  again.slot = 9;
  const Recorded recorded({ended(1, Ending::exited, false), again});
  Store store = Store::open_existing(recorded.path());
  Finished finished = Finished::of(store, recorded.key(), Retry::unfinished);
  CHECK(finished.size() == 1);
  CHECK(finished.take(sample_identity(1))->slot == 9);
}

TEST_CASE("finished: a record that was changed is none, whatever column it was") {
  const char* change =
      GENERATE("UPDATE attempts SET success=1 WHERE number=1", "UPDATE attempts SET exit_status=1 WHERE number=1",
               "UPDATE attempts SET out=x'00' WHERE number=1", "UPDATE attempts SET argv=x'00' WHERE number=1",
               "UPDATE attempts SET final=1 WHERE number=1", "UPDATE attempts SET job=1 WHERE number=1",
               "UPDATE attempts SET err=NULL WHERE number=1", "UPDATE attempts SET spawn_error=0 WHERE number=1",
               "UPDATE attempts SET checksum=0 WHERE number=1", "UPDATE attempts SET key=key+9 WHERE number=1",
               "UPDATE attempts SET ending=0 WHERE number=1", "UPDATE attempts SET out_hash=0 WHERE number=1");
  INFO(change);
  const Recorded recorded({ended(1, Ending::timed_out, false, false), sample_attempt(2)});
  recorded.change(change);
  recorded.change("UPDATE attempts SET final=1 WHERE number=1");
  Store store = Store::open_existing(recorded.path());
  Finished finished = Finished::of(store, recorded.key(), Retry::unfinished);
  CHECK(finished.size() == 2);
  CHECK_FALSE(finished.take(sample_identity(1)).has_value());
  CHECK(finished.damaged() == 1);
  CHECK(finished.take(sample_identity(2)).has_value());
  CHECK(store.each_attempt(recorded.key(), [](AttemptRecord&) {}) == 1);
}

TEST_CASE("finished: a task whose output is not whole any more runs again") {
  const Recorded recorded({sample_attempt(1), sample_attempt(2), sample_attempt(3), sample_attempt(4)},
                          std::string(100'000, 'x'));
  std::filesystem::remove(recorded.file("1.out"));
  std::filesystem::resize_file(recorded.file("2.out"), 99'999);
  std::fstream(recorded.file("3.out")) << "y";
  Store store = Store::open_existing(recorded.path());
  Finished finished = Finished::of(store, recorded.key(), Retry::unfinished);
  for (const uint64_t number : {1, 2, 3}) CHECK_FALSE(finished.take(sample_identity(number)).has_value());
  CHECK(finished.damaged() == 3);
  CHECK(finished.take(sample_identity(4)).has_value());
}
