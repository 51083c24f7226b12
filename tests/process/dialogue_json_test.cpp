// Tasks asked of a process as Bazel asks its persistent workers.
#include "dialogue_fixture.hpp"

using namespace mpr;
using namespace mpr::test;
using namespace std::chrono_literals;
using Outcomes = std::vector<std::string>;

namespace {

constexpr const char* kMalformed = "(its process answered something that is no response in JSON)";
constexpr const char* kUnasked = "(its process wrote more than the answers to what it was asked)";

}  // namespace

TEST_CASE("a program that is a worker of Bazel's answers tasks as it is") {
  const NothingLeft nothing_left;
  CHECK(outcomes_of(json_batch({"a", "b c", "request"})) ==
        Outcomes{"a", "b c", std::to_string(sizeof "{\"arguments\":[\"request\"],\"inputs\":[],\"requestId\":0}")});
}

TEST_CASE("a response's exit code is the task's exit status, and its output what the task wrote") {
  const NothingLeft nothing_left;
  CHECK(outcomes_of(json_batch({R"(raw {"exitCode":3,"output":"no\n"})", R"(raw {"output":"é\u00e9"} )", "raw {}"})) ==
        Outcomes{"(exit status 3)no\n", "éé", ""});
}

TEST_CASE("a response that is none, or to another request, fails its task, and the process is replaced") {
  const NothingLeft nothing_left;
  WorkerUnderTest worker;
  const auto batch = json_batch({"pid", "raw hello", "pid", R"(raw {"requestId":7})", R"(raw {"exitCode":256})",
                                 R"(raw {}{"exitCode":1})", "raw {} x", "pid"});
  run(worker, batch);
  const Outcomes came = outcomes(worker, batch);
  CHECK(came[1] == kMalformed);
  CHECK(came[3] == "(its process answered another request)");
  CHECK(came[4] == "(its process answered with an exit code that is not from 0 to 255)");
  CHECK(came[5] == kUnasked);
  CHECK(came[6] == kUnasked);
  CHECK(came[0] != came[2]);
  CHECK(came[2] != came[7]);
  for (const size_t place : {0, 2}) CHECK_FALSE(exists(std::stoi(came[place])));
}

TEST_CASE("a crash, a hang and a word that is no text fail their tasks alone") {
  const NothingLeft nothing_left;
  auto batch = json_batch({"exit 2", "a", "raw {\"output\":\"half", "hang", "\xff", "kill 11", "b"});
  batch.common.timeout = 500ms * kSlowness;
  CHECK(outcomes_of(batch) == Outcomes{"(exit status 2)", "a", "(timed out)half", "(timed out)",
                                       "(cannot start: a word that is not UTF-8 cannot be asked in JSON)",
                                       "(killed by signal 11 (SIGSEGV))", "b"});
}

TEST_CASE("what is written to stderr before a response is its task's") {
  const NothingLeft nothing_left;
  CHECK(outcomes_of(json_batch({"a", "err b", "c", "err d"})) == Outcomes{"a", "err b !b\n", "c", "err d !d\n"});
}

TEST_CASE("a large output goes up as it comes") {
  const NothingLeft nothing_left;
  WorkerUnderTest worker;
  run(worker, json_batch({"write 100000000", "a"}));
  CHECK(worker.reports[1].result->success());
  CHECK(worker.reports[1].out.size() == 100'000'000);
  CHECK(outcome(worker, 2) == "a");
}

TEST_CASE("a process is replaced after so many requests") {
  const NothingLeft nothing_left;
  auto batch = json_batch(Outcomes(5, "pid"));
  batch.recycle_after = 2;
  const Outcomes pids = outcomes_of(batch);
  CHECK(pids[0] == pids[1]);
  CHECK(pids[1] != pids[2]);
  CHECK(pids[2] == pids[3]);
  CHECK(pids[3] != pids[4]);
}
