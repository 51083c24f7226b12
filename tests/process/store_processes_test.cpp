// A store that several processes use at once.
#include <sys/syscall.h>

#include <catch2/catch.hpp>

#include "support/process_support.hpp"
#include "support/store_samples.hpp"
#include "support/temp_dir.hpp"

using namespace mpr;
using namespace mpr::test;
using store::Durability;
using store::RunState;
using store::RunWriter;
using store::Store;
using store::StoreError;

namespace {

/// A child that holds a run of a store until it is told to end.
class Holder {
 public:
  explicit Holder(const std::string& path) {
    REQUIRE(::pipe2(told_, O_CLOEXEC) == 0);
    REQUIRE(::pipe2(go_, O_CLOEXEC) == 0);
    pid_ = ::fork();
    REQUIRE(pid_ >= 0);
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::close(go_[1]);
      hold(path);
      ::_exit(0);
    }
    ::close(told_[1]);
    ::close(go_[0]);
    id_ = read_all(told_[0]);
  }
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;
  ~Holder() {
    ::close(told_[0]);
    if (go_[1] >= 0) end();
  }

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] const std::string& run() const { return id_; }

  void end() {
    ::close(go_[1]);
    go_[1] = -1;
    ::waitpid(pid_, nullptr, 0);
  }

 private:
  void hold(const std::string& path) const {
    Store store = Store::open(path, Durability::process);
    RunWriter writer = RunWriter::begin(store, sample_run());
    writer.workers_started(std::vector{store::WorkerRecord{1, 1, os::ProcessIdentity::own(), "", ""}});
    write_attempt(writer, sample_attempt(1));
    writer.commit();
    const std::string& id = writer.run().info.id;
    if (::write(told_[1], id.data(), id.size()) < 0) ::_exit(1);
    ::close(told_[1]);
    char none = 0;
    if (::read(go_[0], &none, 1) != 0) ::_exit(1);
  }

  int told_[2]{}, go_[2]{};
  pid_t pid_ = -1;
  std::string id_;
};

std::string write_many(const std::string& path, uint64_t first) {
  Store store = Store::open(path, Durability::process);
  RunWriter writer = RunWriter::begin(store, sample_run());
  for (uint64_t number = first; number < first + 2000; ++number) {
    write_attempt(writer, sample_attempt(number), std::to_string(number));
    if (number % 10 == 0) writer.commit();
  }
  writer.finish(RunState::succeeded, 0, {});
  return "done";
}

}  // namespace

TEST_CASE("store: two processes make one store, and write it side by side") {
  const NothingLeft nothing_left;
  const TempDir dir;
  for (int round = 0; round < 5; ++round) {
    const std::string path = dir / (std::to_string(round) + "/runs.db");
    const std::string other = in_child([&] {
      const pid_t second = ::fork();
      const std::string done = write_many(path, second == 0 ? 1 : 5001);
      if (second == 0) ::_exit(0);
      int status = 0;
      ::waitpid(second, &status, 0);
      return done + std::to_string(status);
    });
    CHECK(other == "done0");
    Store store = Store::open_existing(path);
    CHECK(store.check().empty());
    const auto runs = store.runs();
    REQUIRE(runs.size() == 2);
    for (const store::RunRecord& run : runs) {
      const auto attempts = all_attempts(store, run.key);
      REQUIRE(attempts.size() == 2000);
      for (const auto& attempt : attempts) {
        if (output_text(store, attempt) != std::to_string(attempt.result.number)) FAIL("another one's output");
      }
    }
  }
}

TEST_CASE("store: a run that a live process writes is told as running, and cannot be resumed or removed") {
  const NothingLeft nothing_left;
  const TempDir dir;
  Holder holder(dir / "runs.db");
  Store store = Store::open(dir / "runs.db", Durability::process);
  const store::RunRecord run = store.newest_run().value();
  CHECK(run.info.id == holder.run());
  CHECK(run.state == RunState::running);
  CHECK(run.process.pid == holder.pid());
  CHECK(store.surviving_workers(run.key).size() == 1);
  CHECK(store.prune({.keep = 0}, store::unix_now()).running == 1);
  try {
    (void)RunWriter::resume(store, holder.run(), 1);
    FAIL("resumed");
  } catch (const StoreError& error) {
    CHECK(error.cause() == StoreError::Cause::in_use);
    CHECK(error.what() == "run " + holder.run() + " is being written by process " + std::to_string(holder.pid()));
    CHECK_FALSE(error.hint().empty());
  }
  // Others come and go meanwhile; its lock stays its own.
  { const RunWriter other = RunWriter::begin(store, sample_run()); }
  { const Store reader = Store::open_existing(dir / "runs.db"); }
  CHECK(store.find_runs(holder.run()).at(0).state == RunState::running);

  holder.end();
  CHECK(store.find_runs(holder.run()).at(0).state == RunState::interrupted);
  CHECK(store.surviving_workers(run.key).empty());
  const RunWriter resumed = RunWriter::resume(store, holder.run(), 1);
  CHECK(resumed.run().sessions == 2);
  CHECK(store.find_runs(holder.run()).at(0).state == RunState::running);
}

TEST_CASE("store: a forked child, whatever becomes of it, takes nothing from its parent") {
  const NothingLeft nothing_left;
  const TempDir dir;
  Store store = Store::open(dir / "runs.db", Durability::process);
  RunWriter writer = RunWriter::begin(store, sample_run());
  // As a worker does: closes everything.
  in_child([] {
    ::syscall(SYS_close_range, 3, 600, 0);
    return std::string();
  });
  const std::string seen = in_child([&] {
    Store own = Store::open(dir / "runs.db", Durability::process);
    try {
      (void)RunWriter::resume(own, writer.run().info.id, 1);
    } catch (const StoreError& error) {
      return std::string(error.what());
    }
    return std::string("resumed");
  });
  CHECK(seen == "run " + writer.run().info.id + " is being written by process " + std::to_string(::getpid()));
  write_attempt(writer, sample_attempt(1));
  writer.commit();
  CHECK(store.check().empty());
}

TEST_CASE("store: a program that is started has none of its descriptors") {
  const NothingLeft nothing_left;
  const TempDir dir;
  const std::string open_in_program = in_child([&] {
    Store store = Store::open(dir / "runs.db", Durability::process);
    RunWriter writer = RunWriter::begin(store, sample_run());
    writer.output({0, 1}, 1, worker::Stream::out, bytes_of(std::string(20'000, 'x')));
    FILE* program = ::popen("ls -l /proc/self/fd", "r");
    const std::string listing = read_all(::fileno(program));
    ::pclose(program);
    return listing.find("runs.db") == std::string::npos ? std::string("none") : listing;
  });
  CHECK(open_in_program == "none");
}
