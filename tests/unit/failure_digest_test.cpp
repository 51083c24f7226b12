#include "terminal/failure_digest.hpp"

#include <chrono>

#include <catch2/catch.hpp>

using namespace mpr;
using namespace mpr::app;
using namespace std::chrono_literals;
using worker::Ending;
using worker::Stream;

namespace {

FailureDigest::Task job_and_inputs(const runner::FinishedTask& task) {
  std::vector<std::string> argv{"./job"};
  argv.insert(argv.end(), task.inputs.begin(), task.inputs.end());
  return {std::to_string(task.result.number), argv};
}

runner::FinishedTask task(worker::TaskNumber number, const os::ExitStatus& status, std::string input = "a b") {
  runner::FinishedTask task;
  task.inputs = {std::move(input)};
  task.result.number = number;
  task.result.status = status;
  task.result.elapsed = 1240ms;
  return task;
}

runner::FinishedTask failed(worker::TaskNumber number) {
  return task(number, os::ExitStatus::exited(2));
}

runner::Counters counted(uint64_t succeeded, uint64_t failures) {
  runner::Counters counters;
  counters.added = succeeded + failures;
  counters.succeeded = succeeded;
  counters.failed = failures;
  return counters;
}

/// A digest and what a sink is told.
struct Told {
  FailureDigest digest{job_and_inputs};

  void wrote(worker::TaskNumber number, std::string_view text, Stream stream = Stream::err) {
    digest.output(number, stream, std::as_bytes(std::span(text.data(), text.size())));
  }
  /// What is said of one failure, without the line of counts.
  std::string about(const runner::FinishedTask& failure) {
    digest.finished(failure);
    const std::string text = digest.text(counted(0, 1), 1);
    return text.substr(text.find('\n') + 1);
  }
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a run in which all went well has no digest") {
  Told told;
  told.wrote(1, "a warning\n");
  told.digest.finished(task(1, os::ExitStatus::exited(0)));
  CHECK(told.digest.text(counted(1, 0), 1).empty());
}

TEST_CASE("a digest counts the failures and tells of each: which, how, how long, what, and its last words") {
  Told told;
  told.wrote(7, "first\nlast line of stderr\n");
  told.wrote(7, "a result\n", Stream::out);
  told.digest.finished(failed(7));
  CHECK(told.digest.text(counted(99, 1), 100) ==
        "mpr: 1 of 100 tasks failed\n"
        "mpr: task 7 failed: exit status 2 after 1.24 s: ./job 'a b'\n"
        "    first\n"
        "    last line of stderr\n");
}

TEST_CASE("a digest says how a task ended that did not end by itself") {
  runner::FinishedTask failure = task(1, os::ExitStatus::signaled(11));
  CHECK(Told().about(failure) == "mpr: task 1 failed: killed by signal 11 (SIGSEGV) after 1.24 s: ./job 'a b'\n");
  failure.result.attempt = 3;
  CHECK_THAT(Told().about(failure), Catch::StartsWith("mpr: task 1 failed after 3 attempts: killed"));
  failure = task(1, os::ExitStatus::signaled(15));
  failure.result.ending = Ending::timed_out;
  CHECK(Told().about(failure) == "mpr: task 1 failed: timed out after 1.24 s: ./job 'a b'\n");
}

TEST_CASE("a digest gives no time to what did not run, or was lost sight of") {
  runner::FinishedTask failure = task(1, os::ExitStatus::exited(0));
  failure.result.ending = Ending::could_not_start;
  failure.result.failure = {2, os::SpawnStep::exec};
  CHECK(Told().about(failure) == "mpr: task 1 failed: cannot start: No such file or directory: ./job 'a b'\n");
  failure.result.ending = Ending::worker_lost;
  CHECK(Told().about(failure) == "mpr: task 1 failed: its worker was lost: ./job 'a b'\n");
}

TEST_CASE("a digest of many failures shows the first five") {
  Told told;
  for (worker::TaskNumber number = 1; number <= 8; ++number) told.digest.finished(failed(number));
  const std::string text = told.digest.text(counted(2, 8), 10);
  CHECK(contains(text, "mpr: task 5 failed"));
  CHECK_FALSE(contains(text, "mpr: task 6 failed"));
  CHECK_THAT(text, Catch::EndsWith("mpr: ... and 3 more\n"));
}

TEST_CASE("the last words are the last three lines that are not blank") {
  Told told;
  told.wrote(1, "one\ntwo\n\nth");
  told.wrote(1, "ree\n  \t\nfour\n\n");
  CHECK_THAT(told.about(failed(1)), Catch::EndsWith("'\n    two\n    three\n    four\n"));
}

TEST_CASE("a last line without a newline is one of the last words, and a line written over is as it was left") {
  Told told;
  told.wrote(1, "10%\r20%\rgave up\r\nno newline");
  CHECK_THAT(told.about(failed(1)), Catch::EndsWith("'\n    gave up\n    no newline\n"));
}

TEST_CASE("each task has its own last words, in whatever order tasks write and end") {
  Told told;
  told.wrote(1, "one ");
  told.wrote(2, "two ");
  told.wrote(1, "of one\n");
  told.wrote(2, "of two\n");
  told.digest.finished(failed(2));
  told.digest.finished(failed(1));
  const std::string text = told.digest.text(counted(0, 2), 2);
  CHECK(contains(text, "task 2 failed: exit status 2 after 1.24 s: ./job 'a b'\n    two of two\nmpr: task 1"));
  CHECK_THAT(text, Catch::EndsWith("\n    one of one\n"));
}

TEST_CASE("nothing that a task or an input says reaches the terminal as an escape") {
  Told told;
  told.wrote(1, "\x1b[2Jred\x9b\n");
  const std::string text = told.about(task(1, os::ExitStatus::exited(2), "\x1b]0;title\x07\n"));
  CHECK(contains(text, "    \\x1b[2Jred\\x9b\n"));
  CHECK(contains(text, "./job '\\x1b]0;title\\x07\\n'\n"));
}

TEST_CASE("the last words of a task that writes without end are short, and its last") {
  Told told;
  for (int i = 0; i < 1000; ++i) told.wrote(1, std::string(1000, 'x'));
  told.wrote(1, std::string(100'000, 'y') + "\nthe end\n");
  const std::string text = told.about(failed(1));
  CHECK(text.size() < 1000);
  CHECK_THAT(text, Catch::EndsWith("yyy...\n    the end\n"));
}

TEST_CASE("long lines are cut between characters") {
  Told told;
  std::string line;
  for (int i = 0; i < 160; ++i) line += "é";
  told.wrote(1, line + "\n" + line + "é\n");
  const std::string text = told.about(failed(1));
  CHECK(contains(text, "    " + line + "\n"));
  CHECK(contains(text, "    " + line.substr(0, 2 * 157) + "...\n"));
  CHECK(Told().about(task(1, os::ExitStatus::exited(2), std::string(100'000, 'x'))).size() < 500);
}

TEST_CASE("a run that was stopped says what was cancelled and what was never started") {
  Told told;
  runner::FinishedTask cancelled = task(2, os::ExitStatus::signaled(15));
  cancelled.result.ending = Ending::cancelled;
  told.digest.finished(failed(1));
  told.digest.finished(cancelled);
  runner::Counters counters = counted(0, 1);
  counters.cancelled = 1;
  counters.dropped = 3;
  counters.added = 5;
  const std::string failures =
      "mpr: 1 of 100 tasks failed\nmpr: task 1 failed: exit status 2 after 1.24 s: ./job 'a b'\n";
  CHECK(told.digest.text(counters, 100) == failures + "mpr: 1 task cancelled, 98 never started\n");
  counters.failed = 0;
  counters.cancelled = 0;
  CHECK(FailureDigest(job_and_inputs).text(counters, 100) == "mpr: 98 tasks never started\n");
}

TEST_CASE("a run that was stopped before its inputs were read says how far they were") {
  runner::Counters counters = counted(55, 2);
  counters.added = 60;
  counters.cancelled = 3;
  CHECK(FailureDigest(job_and_inputs).text(counters, std::nullopt) ==
        "mpr: 2 tasks failed\nmpr: 3 tasks cancelled, inputs after task 60 not read\n");
}

TEST_CASE("a digest asks for the words of failures that it shows only") {
  int asked = 0;
  FailureDigest digest([&](const runner::FinishedTask& failure) {
    ++asked;
    return job_and_inputs(failure);
  });
  digest.finished(task(1, os::ExitStatus::exited(0)));
  CHECK(asked == 0);
  for (worker::TaskNumber number = 2; number < 20; ++number) digest.finished(failed(number));
  CHECK(asked == 5);
}
