// mpr map --store, and what mpr runs, show and logs tell of it afterwards.
#include <signal.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "support/mpr_command.hpp"

using namespace mpr::test;
using Catch::Matchers::Contains;
using nlohmann::json;

namespace {

/// Runs mpr with $MPR_STORE set.
Result with_store(const TempDir& dir, const Argv& words) {
  return run_mpr(words, env("MPR_STORE", dir / "runs.db"));
}

}  // namespace

TEST_CASE("a recorded run is listed, shown, and its output is there again") {
  const TempDir dir;
  const Result ran = run_mpr({"map", "--store", dir / "runs.db", "sh", "-c",
                              "echo out $0; echo err $0 >&2; [ $0 != b ]", "--inputs", "a", "b", "c"});
  REQUIRE(ran.exit_status == 1);

  const json listed = json::parse(with_store(dir, {"runs", "--json"}).out);
  CHECK(listed.at("state") == "failed");
  CHECK(listed.at("total") == 3);
  CHECK(listed.at("failed") == 1);
  const std::string id = listed.at("run");
  CHECK_THAT(with_store(dir, {"runs"}).out, Contains(id.substr(0, 15)));

  const Result shown = with_store(dir, {"show", id});
  CHECK_THAT(shown.out, Contains("tasks      2 succeeded, 1 failed of 3\n"));
  CHECK_THAT(shown.out, Contains("  task 2: exit status 1 after "));
  CHECK_THAT(shown.out, Contains("\n    err b\n"));

  const Result logs = with_store(dir, {"logs", "last"});
  CHECK(logs.out == "out a\nout b\nout c\n");
  CHECK(logs.err == "err a\nerr b\nerr c\n");
  CHECK(with_store(dir, {"logs", "last", "--failed"}).out == "out b\n");
  CHECK(with_store(dir, {"logs", "last", "3"}).out == "out c\n");
}

TEST_CASE("a reader that goes away ends mpr logs quietly") {
  const TempDir dir;
  REQUIRE(run_mpr({"map", "--store", dir / "runs.db", "seq", "{}", "100000", "--inputs", "1..3"}).success());
  const Result result = shell("$MPR logs last | head -1; echo ${PIPESTATUS[0]}", env("MPR_STORE", dir / "runs.db"));
  CHECK(result.err.empty());
  CHECK_THAT(result.out, Contains("141\n"));
}

TEST_CASE("a run whose mpr was killed is told as interrupted, with what it had done") {
  const TempDir dir;
  Running mpr(mpr_argv({"map", "-j1", "--store", dir / "runs.db", "sh", "-c", "echo $0; [ $0 = 1 ] || sleep 1000",
                        "--inputs", "1", "2"}));
  mpr.read_until("1\n");
  CHECK(json::parse(with_store(dir, {"runs", "--json"}).out).at("state") == "running");
  mpr.signal(SIGKILL);
  (void)mpr.wait();
  CHECK(json::parse(with_store(dir, {"runs", "--json"}).out).at("state") == "interrupted");
  const Result shown = with_store(dir, {"show", "last"});
  CHECK_THAT(shown.out, Contains("state      interrupted: its mpr died\n"));
  CHECK_THAT(shown.out, Contains("tasks      1 succeeded, 0 failed"));
  CHECK(with_store(dir, {"logs", "last"}).out == "1\n");
}
