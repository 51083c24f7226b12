// A job program that breaks the protocol harms its own tasks at most: what it says of lengths and times is not
// believed, its floods and its silence end with its task's timeout, and tasks beside it are answered once.
#include <signal.h>

#include <catch2/catch.hpp>

#include "support/mpr_command.hpp"

using namespace mpr::test;

namespace {

const std::string kHostile = MPR_TEST_PROGRAMS "/hostile";

/// Two good tasks on each side of the deed.
Result run_deed(const std::string& deed, const Argv& options) {
  Argv words{"map", "-j1", "--json"};
  words.insert(words.end(), options.begin(), options.end());
  words.insert(words.end(), {kHostile, "--inputs", "a", "b", deed, "c", "d"});
  return run_mpr(words);
}

/// The tasks around it have been answered, in order and once; it has not.
void check_around(const Result& result, const std::string& status) {
  INFO(result);
  CHECK(result.exit_status == 1);
  const auto told = lines(result.out);
  REQUIRE(told.size() == 5);
  const char* const texts[] = {"a", "b", "", "c", "d"};
  for (size_t i = 0; i < 5; ++i) {
    INFO(told[i].substr(0, 400));
    CHECK(contains(told[i], "{\"task\":" + std::to_string(i + 1) + ","));
    CHECK(contains(told[i], "\"status\":\"" + (i == 2 ? status : "ok") + "\""));
    if (i != 2) CHECK(contains(told[i], "\"stdout\":\"" + std::string(texts[i]) + "\\n\""));
  }
}

}  // namespace

TEST_CASE("a job program that says what cannot be loses its task, and is replaced") {
  for (const char* deed : {"claim-too-much", "claim-nothing-again", "claim-half-a-record", "long-out", "long-err",
                           "long-both", "return", "no-status"}) {
    CAPTURE(deed);
    const Result result = run_deed(deed, {});
    check_around(result, "no_answer");
    CHECK(contains(result.out, "its process broke the protocol by which jobs are served"));
  }
}

TEST_CASE("a job program's silence ends with its task's timeout, whatever it says of time") {
  for (const char* deed :
       {"silent", "silent-in-task", "begin-in-the-future", "begin-again-and-again", "phase-of-another", "close-all"}) {
    CAPTURE(deed);
    check_around(run_deed(deed, {"--timeout", "200ms"}), "timed_out");
  }
}

TEST_CASE("a job program's flood ends with its task's timeout") {
  for (const char* deed : {"flood-stdout", "flood-stderr", "flood-parts", "flood-notices"}) {
    CAPTURE(deed);
    const Result result = shell("$MPR map -j1 --quiet --timeout 200ms " MPR_TEST_PROGRAMS "/hostile --inputs a b " +
                                std::string(deed) + " c d 2>/dev/null | tr -d x; exit ${PIPESTATUS[0]}");
    INFO(result);
    CHECK(result.exit_status == 1);
    CHECK(result.out == "a\nb\nc\nd\n");
  }
}

TEST_CASE("answers that a job program was not asked for are no other task's") {
  const Result result = run_mpr({"map", "-j1", "--quiet", kHostile, "--inputs", "a", "answer-twice", "b", "c"});
  INFO(result);
  // Answers too many may be taken for those of tasks that were asked ahead, in this process: it is their process, too.
  CHECK(result.exit_status != 125);
  const auto answered = lines(result.out);
  REQUIRE(answered.size() <= 4);
  CHECK(answered.at(0) == "a");
}

TEST_CASE("Ctrl-C ends a job program that is silent, between tasks and in one") {
  for (const char* deed : {"silent", "silent-in-task"}) {
    CAPTURE(deed);
    RunningMpr mpr({"map", "-j1", kHostile, "--inputs", "a", deed, "b"});
    mpr->read_until("a\n");
    mpr->signal(SIGINT);
    const Result result = mpr->wait();
    INFO(result);
    CHECK(result.signal == SIGINT);
    CHECK(result.out == "a\n");
  }
}
