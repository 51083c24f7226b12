// mpr runs, mpr show and mpr logs, on a store that was written here.
#include <catch2/catch.hpp>

#include "support/process_support.hpp"
#include "support/running.hpp"
#include "support/store_samples.hpp"
#include "support/temp_dir.hpp"

using namespace mpr;
using namespace mpr::test;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

class Recorded {
 public:
  Recorded() {
    store::Store store = store::Store::open(path(), store::Durability::process);
    for (const char* id : {"one-1", "two-1", "two-2"}) {
      store::RunInfo info = sample_run();
      info.id = id;
      store::RunWriter writer = store::RunWriter::begin(store, info);
      for (const uint64_t number : {2, 1, 3}) {
        store::AttemptRecord record = sample_attempt(number);
        record.success = number != 2;
        const std::string out = number == 3 ? std::string(100'000, 'x') : "out \xff" + std::to_string(number) + "\n";
        write_attempt(writer, record, out, "err " + std::to_string(number) + "\n");
      }
      writer.finish(store::RunState::failed, 0, {3, 2, 1, 0, 0, 0});
    }
  }
  [[nodiscard]] std::string path() const { return dir_ / "runs.db"; }

  [[nodiscard]] Result mpr(std::vector<std::string> words) const {
    words.insert(words.begin(), MPR_BINARY);
    words.insert(words.end(), {"--store", path()});
    return run(words);
  }

 private:
  TempDir dir_;
};

}  // namespace

TEST_CASE("mpr runs lists runs, the newest last, and removes them") {
  const NothingLeft nothing_left;
  const Recorded recorded;
  const auto listed = lines(recorded.mpr({"runs"}).out);
  REQUIRE(listed.size() == 4);
  CHECK_THAT(listed[0], StartsWith("RUN"));
  CHECK_THAT(listed[1], StartsWith("one-1"));
  CHECK_THAT(listed[3], StartsWith("two-2"));
  CHECK(lines(recorded.mpr({"runs", "--json"}).out).size() == 3);
  CHECK(recorded.mpr({"runs", "--prune", "--keep", "1"}).out == "2 runs removed\n");
  CHECK(lines(recorded.mpr({"runs"}).out).size() == 2);
  CHECK(recorded.mpr({"runs", "--prune", "--older-than", "1h"}).out == "0 runs removed\n");
}

TEST_CASE("mpr show tells of a run") {
  const NothingLeft nothing_left;
  const Recorded recorded;
  const Result last = recorded.mpr({"show", "last"});
  CHECK(last.success());
  CHECK_THAT(last.out, StartsWith("run        two-2\n"));
  CHECK_THAT(last.out, Contains("task 2: exit status 0"));
  CHECK_THAT(recorded.mpr({"show", "one"}).out, StartsWith("run        one-1\n"));
  CHECK_THAT(recorded.mpr({"show", "one", "--json"}).out, StartsWith(R"({"run":"one-1",)"));
}

TEST_CASE("mpr logs prints what tasks printed, in the order of the plan") {
  const NothingLeft nothing_left;
  const Recorded recorded;
  const Result all = recorded.mpr({"logs", "last"});
  CHECK(all.success());
  CHECK(all.out ==
        "out \xff"
        "1\nout \xff"
        "2\n" +
            std::string(100'000, 'x'));
  CHECK(all.err == "err 1\nerr 2\nerr 3\n");
  CHECK(recorded.mpr({"logs", "last", "1"}).out ==
        "out \xff"
        "1\n");
  const Result failed = recorded.mpr({"logs", "last", "--failed", "--stderr"});
  CHECK(failed.out.empty());
  CHECK(failed.err == "err 2\n");
}

TEST_CASE("what is asked for and is not there is wrong usage") {
  const NothingLeft nothing_left;
  const Recorded recorded;
  const auto refused = [&](const std::vector<std::string>& words, const std::string& message) {
    const Result result = recorded.mpr(words);
    INFO(result);
    CHECK(result.exit_status == 2);
    CHECK(result.out.empty());
    CHECK_THAT(result.err, Contains(message));
  };
  refused({"show", "x"}, "there is no run 'x' in store");
  refused({"show", "x"}, "mpr: hint: the newest is two-2");
  refused({"show", "two"}, "'two' is the beginning of 2 runs");
  refused({"show"}, "RUN is required");
  refused({"logs", "last", "9"}, "task '9' of run two-2 has no result");
  refused({"logs", "last", "a/1"}, "run two-2 has no job 'a'");
  refused({"logs", "last", "x"}, "'x' is no task");
  refused({"runs", "--keep", "1"}, "add --prune");
  refused({"runs", "--prune"}, "--keep N or --older-than TIME");
  refused({"runs", "--prune", "--keep", "x"}, "'x' is not a number");
  refused({"runs", "--prune", "--json", "--keep", "1"}, "cannot be used together");
  refused({"runs", "--nonsense"}, "nonsense");
  const Result absent = run({MPR_BINARY, "runs", "--store", "/nowhere/runs.db"});
  CHECK(absent.exit_status == 2);
  CHECK_THAT(absent.err, Contains("there is no store '/nowhere/runs.db'"));
}

TEST_CASE("a store that is damaged is told, and mpr ends with 125") {
  const NothingLeft nothing_left;
  const TempDir dir;
  const Result result = run({MPR_BINARY, "runs", "--store", dir.write("runs.db", std::string(10'000, 'x'))});
  CHECK(result.exit_status == 125);
  CHECK(result.err.find("mpr: error: store '" + dir / "runs.db" + "' is damaged: ") == 0);
  CHECK_THAT(result.err, Contains("mpr: hint: move it away"));
}

TEST_CASE("each history command tells about itself") {
  const NothingLeft nothing_left;
  for (const char* command : {"runs", "show", "logs"}) {
    const Result help = run({MPR_BINARY, command, "--help"});
    CHECK(help.success());
    CHECK_THAT(help.out, Contains("Usage: mpr " + std::string(command)));
    CHECK_THAT(help.out, Contains("Examples:"));
  }
}
