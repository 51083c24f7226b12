// mpr map --executor fork-server, as its users see it. What each task gets is tested in process/fork_server_test.cpp.
#include <signal.h>

#include <filesystem>

#include "support/mpr_command.hpp"
#include "support/process_table.hpp"
#include "support/temp_dir.hpp"

using namespace mpr::test;

namespace {

const std::string kForked = MPR_TEST_PROGRAMS "/forked";
const std::string kStatic = MPR_TEST_PROGRAMS "/forked_static";

}  // namespace

TEST_CASE("forked tasks are printed whole and in order, like others") {
  const Result forked = run_mpr({"map", "-j4", "--executor", "fork-server", kForked, "words", "--inputs", "1..300"});
  const Result by_exec = run_mpr({"map", "-j4", kForked, "words", "--inputs", "1..300"});
  CHECK(forked.out == by_exec.out);
  CHECK(lines(forked.out).size() == 600);
  CHECK(forked.success());
  CHECK(forked.err.empty());
}

TEST_CASE("a fork server needs no file beside mpr") {
  const TempDir dir;
  std::filesystem::copy_file(kMpr, dir / "mpr");
  const Census census;
  const Result result = run({dir / "mpr", "map", "--executor", "fork-server", "echo", "--inputs", "1..3"},
                            census.mark({.directory = "/"}));
  CHECK(result.out == "1\n2\n3\n");
}

TEST_CASE("a program that no fork server can be made of is refused before anything runs") {
  const Result result = run_mpr({"map", "--executor", "fork-server", kStatic, "--inputs", "1..3"});
  CHECK(result.exit_status == 2);
  CHECK(result.out.empty());
  CHECK(contains(result.err, "it is statically linked\nmpr: hint: "));
}

TEST_CASE("a forked task that fails is told like any other, and retried") {
  const Result result = run_mpr({"map", "--executor", "fork-server", "--retries", "1", "--json", "sh", "-c",
                                 "test $MPR_ATTEMPT = 2", "--inputs", "1..2"});
  CHECK(result.success());
  CHECK(contains(result.out, "\"attempts\":2"));
}

TEST_CASE("a killed mpr leaves neither fork servers nor their tasks") {
  const Census census;
  Running mpr(mpr_argv({"map", "-j2", "--line-buffer", "--executor", "fork-server", "sh", "-c",
                        "echo started; setsid sleep 1000 & sleep 1000", "--inputs", "1..2"}),
              census.mark());
  mpr.read_until("started\n");
  mpr.signal(SIGKILL);
  CHECK(mpr.wait().signal == SIGKILL);
}

TEST_CASE("a worker that is killed while its forked task runs is replaced, and the task is tried again") {
  const TempDir dir;
  const Census census;
  Running mpr(mpr_argv({"map", "-j1", "--line-buffer", "--retries", "1", "--executor", "fork-server", "sh", "-c",
                        "echo attempt $MPR_ATTEMPT; test $MPR_ATTEMPT = 2 || sleep 1000", "--inputs", "1"}),
              census.mark());
  REQUIRE(wait_until([&] {
    const auto workers = children_of(mpr.pid());
    return workers.size() == 1 && children_of(workers.front()).size() == 2;
  }));
  ::kill(children_of(mpr.pid()).front(), SIGKILL);
  const Result result = mpr.wait();
  CHECK(result.success());
  CHECK(contains(result.out, "attempt 2\n"));
}
