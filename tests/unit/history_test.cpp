// What `mpr runs` and `mpr show` print of recorded runs.
#include <cstdlib>
#include <ctime>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "history/run_report.hpp"
#include "history/run_table.hpp"
#include "history/task_list.hpp"
#include "history/words.hpp"
#include "support/store_samples.hpp"
#include "support/temp_dir.hpp"
#include "terminal/short_text.hpp"

using namespace mpr;
using namespace mpr::app;
using namespace mpr::test;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using nlohmann::json;
using store::RunState;
using worker::Ending;

namespace {

constexpr store::UnixTime kSecond = 1'000'000'000;
constexpr store::UnixTime kNow = 1'795'000'000 * kSecond;  // 2026-11-18T11:06:40Z

/// While it lives, local time is UTC.
class InUtc {
 public:
  InUtc() { set("UTC"); }
  InUtc(const InUtc&) = delete;
  InUtc& operator=(const InUtc&) = delete;
  ~InUtc() { set(before_.empty() ? nullptr : before_.c_str()); }

 private:
  static void set(const char* zone) {
    zone ? ::setenv("TZ", zone, 1) : ::unsetenv("TZ");
    ::tzset();
  }
  std::string before_ = std::getenv("TZ") ? std::getenv("TZ") : "";
};

store::RunRecord some_run(const std::string& id, RunState state) {
  store::RunRecord run;
  run.info = {id, store::RunKind::map, "plan", "square {}", "/work", 4};
  run.started = run.session_started = kNow - 300 * kSecond;
  run.ended = state == RunState::running ? 0 : kNow - 100 * kSecond;
  run.state = state;
  run.host = "vm";
  run.process.pid = 4711;
  run.counts = {1000, 998, 2, 0, 0, 0};
  return run;
}

store::AttemptRecord timed(uint64_t number, os::Duration elapsed) {
  store::AttemptRecord record = sample_attempt(number);
  record.started = store::unix_now();
  record.result.elapsed = elapsed;
  return record;
}

}  // namespace

TEST_CASE("history: times and durations are written as they are read elsewhere") {
  const InUtc utc;
  CHECK(local_time(kNow) == "2026-11-18 11:06:40");
  CHECK(utc_time(kNow + 7'900'000) == "2026-11-18T11:06:40.007Z");
  CHECK(short_local_time(kNow, kNow) == "Nov 18 11:06");
  CHECK(short_local_time(kNow - 400 * 86400 * kSecond, kNow) == "Oct 14  2025");
  CHECK(short_duration(200s) == "3m20s");
  CHECK(short_duration(1240ms) == "1.24s");
  CHECK(short_duration(2h + 5min) == "2h5m");
}

TEST_CASE("history: texts are cut by code points") {
  CHECK(cut("abcdef", 6) == "abcdef");
  CHECK(cut("abcdefg", 6) == "abc...");
  CHECK(cut("äöüäöüä", 6) == "äöü...");
  CHECK(cut("abcdef", 2) == "..");
  CHECK(last_lines("a\nb\x1b\n\n  \nc", 2) == std::vector<std::string>{"b\\x1b", "c"});
  CHECK(last_lines("", 2).empty());
}

TEST_CASE("history: runs are a table, the columns as wide as they need to be") {
  const InUtc utc;
  std::vector<store::RunRecord> runs{some_run("20261118T110140-1f3a9c", RunState::failed),
                                     some_run("20261118T110140-1f4000", RunState::running)};
  runs[1].counts = {1000, 120, 0, 0, 0, 0};
  runs[1].info.title = "./simulate\x1b[2J";
  CHECK(run_table(runs, kNow, 0) ==
        "RUN                  STARTED       STATE       TASKS  FAILED   TIME  TITLE\n"
        "20261118T110140-1f3  Nov 18 11:01  failed       1000       2  3m20s  square {}\n"
        "20261118T110140-1f4  Nov 18 11:01  running  120/1000       0     5m  ./simulate\\x1b[2J\n");
  CHECK(run_table({}, kNow, 0).empty());
}

TEST_CASE("history: a long title is cut to the width, but never to nothing") {
  const InUtc utc;
  std::vector<store::RunRecord> runs{some_run("20261118T110140-1f3a9c", RunState::interrupted)};
  runs[0].info.title = std::string(200, 'x');
  const auto longest = [&](size_t width) {
    const std::string table = run_table(runs, kNow, width);
    return table.size() - table.find('\n') - 2;
  };
  CHECK(longest(80) == 80);
  CHECK(longest(120) == 120);
  CHECK(longest(20) > 60);
  CHECK_THAT(run_table(runs, kNow, 20), Contains("  xxxxxxx...\n"));
  CHECK_THAT(run_table(runs, kNow, 0), Contains(std::string(200, 'x') + "\n"));
}

TEST_CASE("history: a run is one line of json") {
  store::RunRecord run = some_run("20261118T110140-1f3a9c", RunState::interrupted);
  run.signal = 15;
  run.counts.total.reset();
  run.info.title = "a\xff";
  const std::string line = run_json(run, kNow);
  CHECK(line.find('\n') == line.size() - 1);
  const json object = json::parse(line);
  CHECK(object.at("run") == "20261118T110140-1f3a9c");
  CHECK(object.at("kind") == "map");
  CHECK(object.at("title") == "a\\xff");
  CHECK(object.at("state") == "interrupted");
  CHECK(object.at("signal") == "SIGTERM");
  CHECK(object.at("started") == "2026-11-18T11:01:40.000Z");
  CHECK(object.at("seconds") == 200.0);
  CHECK(object.at("total").is_null());
  CHECK(object.at("failed") == 2);
  run.ended = 0;
  CHECK(json::parse(run_json(run, kNow)).at("ended").is_null());
  CHECK(json::parse(run_json(run, kNow)).at("seconds").is_null());
}

TEST_CASE("history: a report tells of failures, of what took long, and how busy the workers were") {
  const TempDir dir;
  store::Store store = store::Store::open(dir / "runs.db", store::Durability::process);
  store::RunWriter writer = store::RunWriter::begin(store, sample_run());
  for (uint64_t number = 1; number <= 20; ++number) {
    store::AttemptRecord record = timed(number, 1ms * number);
    record.success = number % 3 != 0;
    if (!record.success) record.result.status = os::ExitStatus::exited(3);
    write_attempt(writer, record, "out\n", "first\nsecond\ncannot \x1b[2J\n\n");
  }
  store::AttemptRecord retried = timed(21, 5s);
  retried.final = retried.success = false;
  write_attempt(writer, retried);
  writer.finish(RunState::failed, 0, {21, 14, 6, 0, 1, 0});

  RunReport report = report_of(store, store.newest_run().value(), store::unix_now());
  CHECK(report.retries == 1);
  CHECK(report.peak_rss_kib == 3021);
  CHECK(report.busy == 5s + 210ms);
  REQUIRE(report.failures.size() == 5);
  CHECK(report.failures[0].name == "task 3");
  REQUIRE(report.slowest.size() == 5);
  CHECK(report.slowest[0].name == "task 20");
  report.wall = 2605ms;
  CHECK(report.utilization() == 0.5);
  const std::string text = report_text(report);
  CHECK_THAT(text, Contains("title      a \\xff title\n"));
  CHECK_THAT(text, Contains("tasks      14 succeeded, 6 failed, 1 cancelled of 21; 1 tried again\n"));
  CHECK_THAT(text, Contains("workers    4, busy 50% of the time\n"));
  CHECK_THAT(text,
             Contains("  task 3: exit status 3 after 3 ms: square 3\n    first\n    second\n    cannot \\x1b[2J\n"));
  CHECK_THAT(text, Contains("  ... and 1 more\n"));
  CHECK_THAT(text, Contains("slowest\n  20ms  task 20  square 20\n"));

  const json object = json::parse(report_json(report, store::unix_now()));
  CHECK(object.at("utilization") == 0.5);
  CHECK(object.at("failures").at(0).at("task") == 3);
  CHECK(object.at("failures").at(0).at("end") == "exit status 3");
  CHECK(object.at("failures").at(0).at("stderr").at(2) == "cannot \\x1b[2J");
  CHECK(object.at("slowest").size() == 5);
}

TEST_CASE("history: a report of a run that died counts what was recorded") {
  const TempDir dir;
  store::Store store = store::Store::open(dir / "runs.db", store::Durability::process);
  {
    store::RunWriter writer = store::RunWriter::begin(store, sample_run());
    writer.attempt_started(sample_attempt(9));
    store::AttemptRecord failed = timed(1, 1ms);
    failed.success = false;
    write_attempt(writer, failed);
    write_attempt(writer, timed(1, 2ms));
    write_attempt(writer, timed(2, 3ms));
    writer.commit();
  }
  const RunReport report = report_of(store, store.newest_run().value(), store::unix_now());
  CHECK(report.run.counts.succeeded == 2);
  CHECK(report.run.counts.failed == 0);
  CHECK(report.running == 1);
  CHECK_THAT(report_text(report), Contains("state      interrupted: its mpr died\n"));
  CHECK_THAT(report_text(report), Contains("tasks      2 succeeded, 0 failed, 1 running when it died\n"));
}

TEST_CASE("history: a report of several jobs tells of each, and names tasks by job") {
  const TempDir dir;
  store::Store store = store::Store::open(dir / "runs.db", store::Durability::process);
  store::RunWriter writer = store::RunWriter::begin(store, sample_run());
  writer.job_changed({0, "square", store::JobState::failed, "", {4, 3, 1, 0, 0, 0}, kSecond, 4 * kSecond});
  writer.job_changed({1, "sum", store::JobState::skipped, "square", {1, 0, 0, 0, 0, 1}, 0, 4 * kSecond});
  store::AttemptRecord failed = timed(4, 1ms);
  failed.success = false;
  failed.result.ending = Ending::could_not_start;
  failed.result.failure = {2, os::SpawnStep::exec};
  write_attempt(writer, failed);
  writer.finish(RunState::failed, 0, {5, 3, 1, 0, 0, 1});
  const std::string text = report_text(report_of(store, store.newest_run().value(), store::unix_now()));
  CHECK_THAT(text, Contains("JOB     STATE    TASKS  FAILED  TIME  WHY\n"
                            "square  failed       4       1    3s\n"
                            "sum     skipped    0/1       0     -  needs square\n"));
  CHECK_THAT(text, Contains("  square/4: cannot start: No such file or directory: square 4\n"));
}

TEST_CASE("history: tasks are listed in the order of the plan, each by its last attempt") {
  const TempDir dir;
  store::Store store = store::Store::open(dir / "runs.db", store::Durability::process);
  store::RunWriter writer = store::RunWriter::begin(store, sample_run());
  for (const uint64_t number : {3, 1, 2, 1}) write_attempt(writer, sample_attempt(number), "out");
  writer.commit();
  const TaskList list = list_tasks(store, writer.run().key, {});
  REQUIRE(list.tasks.size() == 3);
  for (uint64_t i = 0; i < 3; ++i) CHECK(list.tasks[i].task == store::TaskRef{0, i + 1});
  CHECK(list.tasks[0].key > list.tasks[2].key);
  CHECK(list_tasks(store, writer.run().key, store::TaskRef{0, 2}).tasks.size() == 1);
  CHECK(list_tasks(store, writer.run().key, store::TaskRef{1, 2}).tasks.empty());
}

TEST_CASE("history: tasks are named by number, or by job and number") {
  CHECK(parse_task_name("7")->number == 7);
  CHECK_FALSE(parse_task_name("7")->job);
  CHECK(parse_task_name("square/3")->job == "square");
  CHECK(parse_task_name("a/b/3")->job == "a/b");
  for (const char* none : {"", "0", "x", "a/", "/", "a/x", "-1", "1x", "99999999999999999999"}) {
    INFO(none);
    CHECK_FALSE(parse_task_name(none).has_value());
  }
}
