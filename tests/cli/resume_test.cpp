// What is recorded need not be done again: resuming runs, of map and of manifests, whatever ended them.
#include <signal.h>

#include <algorithm>
#include <filesystem>

#include <catch2/catch.hpp>

#include "support/mpr_command.hpp"

using namespace mpr::test;

namespace {

/// A directory in which each task tells that it was executed, by a line in ran/INPUT.
class Counted {
 public:
  Counted() { std::filesystem::create_directory(dir_ / "ran"); }

  [[nodiscard]] Options options() const {
    Options options;
    options.directory = dir_.path();
    return options;
  }
  [[nodiscard]] Result mpr(const Argv& words) const { return run_mpr(words, options()); }
  /// `mpr map --store s.db` of a script that counts, fails for inputs below 0, and prints.
  [[nodiscard]] Result map(Argv options, const Argv& inputs) const {
    Argv words{"map", "--store", "s.db"};
    words.insert(words.end(), options.begin(), options.end());
    words.insert(words.end(), {"sh", "-c", "echo x >> ran/$1; echo out $1; echo err $1 >&2; test $1 -ge 0", "sh"});
    words.push_back(":::");
    words.insert(words.end(), inputs.begin(), inputs.end());
    return mpr(words);
  }
  [[nodiscard]] size_t runs_of(const std::string& input) const {
    return lines(read_file(dir_ / ("ran/" + input))).size();
  }
  const TempDir& dir() const { return dir_; }

 private:
  TempDir dir_;
};

}  // namespace

TEST_CASE("resume: what has finished is printed from the record, in its place, and is not run again") {
  const Counted counted;
  REQUIRE(counted.map({}, {"1", "2", "3"}).out == "out 1\nout 2\nout 3\n");
  const Result again = counted.map({"--resume"}, {"0", "3", "1", "4", "2"});
  INFO(again);
  CHECK(again.exit_status == 0);
  CHECK(again.out == "out 0\nout 3\nout 1\nout 4\nout 2\n");
  CHECK(lines(again.err).size() == 5);
  for (const char* input : {"0", "1", "2", "3", "4"}) CHECK(counted.runs_of(input) == 1);
}

TEST_CASE("resume: a failure is a result, unless it is to be tried again") {
  const Counted counted;
  CHECK(counted.map({}, {"1", "-1"}).exit_status == 1);
  const Result again = counted.map({"--resume"}, {"1", "-1"});
  INFO(again);
  CHECK(again.exit_status == 1);
  CHECK(counted.runs_of("-1") == 1);
  CHECK_THAT(again.err, Catch::Contains("mpr: task 2 failed: exit status 1"));
  CHECK(counted.map({"--resume", "--retry-failed"}, {"1", "-1"}).exit_status == 1);
  CHECK(counted.runs_of("-1") == 2);
  CHECK(counted.runs_of("1") == 1);
}

TEST_CASE("resume: an input given twice is two tasks") {
  const Counted counted;
  REQUIRE(counted.map({}, {"1", "1"}).exit_status == 0);
  CHECK(counted.runs_of("1") == 2);
  CHECK(counted.map({"--resume"}, {"1", "1", "1"}).out == "out 1\nout 1\nout 1\n");
  CHECK(counted.runs_of("1") == 3);
}

TEST_CASE("resume: another command, environment, directory or input is another task") {
  const TempDir dir;
  const auto run = [&](const std::string& job) {
    dir.write("m.json", R"({"version":1,"jobs":{"a":)" + job + "}}");
    Options options;
    options.directory = dir.path();
    const Result result = run_mpr({"run", "m.json", "--resume", "-q"}, options);
    INFO(result);
    REQUIRE(result.exit_status == 0);
    return lines(read_file(dir / "ran")).size();
  };
  dir.write("in.txt", "one");
  std::filesystem::create_directory(dir / "sub");
  const std::string count = R"("command": "echo x >> )" + dir.path() + R"(/ran")";
  CHECK(run("{" + count + "}") == 1);
  CHECK(run("{" + count + "}") == 1);
  CHECK(run("{" + count + R"(, "env": {"A": "b"}})") == 2);
  CHECK(run("{" + count + R"(, "cwd": "sub"})") == 3);
  CHECK(run("{" + count + R"(, "stdin": "text"})") == 4);
  CHECK(run("{" + count + R"(, "stdin": {"file": "in.txt"}})") == 5);
  CHECK(run("{" + count + R"(, "stdin": {"file": "in.txt"}})") == 5);
  dir.write("in.txt", "two");
  CHECK(run("{" + count + R"(, "stdin": {"file": "in.txt"}})") == 6);
  CHECK(run("{" + count + R"(, "timeout": "1m"})") == 6);
}

TEST_CASE("resume: a task that is fed by another job runs again when what it is fed has changed") {
  const TempDir dir;
  const auto run = [&](const std::string& inputs) {
    dir.write("m.json", R"({"version":1,"jobs":{
      "parts": {"command": ["echo", "{}"], "inputs": )" +
                            inputs + R"(, "capture": "keep"},
      "sum": {"command": "cat; echo x >> ran", "stdin": {"from": "parts"}}}})");
    Options options;
    options.directory = dir.path();
    return run_mpr({"run", "m.json", "--resume", "-q"}, options).out;
  };
  CHECK(run("\"1..2\"") == "1\n2\n");
  CHECK(run("\"1..2\"") == "1\n2\n");
  CHECK(lines(read_file(dir / "ran")).size() == 1);
  CHECK(run("\"1..3\"") == "1\n2\n3\n");
  CHECK(lines(read_file(dir / "ran")).size() == 2);
}

TEST_CASE("resume: a task whose output file is gone runs again") {
  const TempDir dir;
  dir.write("m.json", R"({"version":1,"jobs":{
    "a": {"command": "echo x >> ran; echo out", "capture": {"file": "o/a.txt"}}}})");
  Options options;
  options.directory = dir.path();
  for (const size_t runs : {1U, 1U, 2U}) {
    if (runs == 2) std::filesystem::remove(dir / "o/a.txt");
    REQUIRE(run_mpr({"run", "m.json", "--resume", "-q"}, options).exit_status == 0);
    CHECK(lines(read_file(dir / "ran")).size() == runs);
    CHECK(read_file(dir / "o/a.txt") == "out\n");
  }
}

TEST_CASE("resume: large outputs, and bytes of any kind, come back as they were") {
  const TempDir dir;
  Options options;
  options.directory = dir.path();
  const std::string script = "head -c $1 /dev/urandom | tee -a bytes-$1; head -c $1 /dev/urandom >&2";
  const Argv words{"map", "--store", "s.db", "--resume", "-q", "sh", "-c", script, "sh", ":::", "0", "100", "5000000"};
  const Result first = run_mpr(words, options);
  const Result second = run_mpr(words, options);
  CHECK(first.out.size() == 5000100);
  CHECK((first.out == second.out));
  CHECK((first.err == second.err));
  CHECK(first.out == read_file(dir / "bytes-0") + read_file(dir / "bytes-100") + read_file(dir / "bytes-5000000"));
}

TEST_CASE("resume: a run is written by one process at a time, and the error names it") {
  const Counted counted;
  RunningMpr first(
      {"map", "--store", "s.db", "-j1", "sh", "-c", "echo $1; touch started; exec sleep 1000", "sh", ":::", "1"},
      counted.options());
  REQUIRE(wait_until([&] { return exists(counted.dir() / "started"); }));
  const Result second = counted.mpr({"map", "--store", "s.db", "--resume", "-j1", "sh", "-c",
                                     "echo $1; touch started; exec sleep 1000", "sh", ":::", "1"});
  INFO(second);
  CHECK(second.exit_status == 125);
  CHECK_THAT(second.err, Catch::Contains("process " + std::to_string(first->pid())));
  // Another run of the same store is no matter.
  CHECK(counted.map({}, {"1"}).out == "out 1\n");
  first->signal(SIGTERM);
  (void)first->wait();
}

TEST_CASE("resume: a run that was ended by a signal goes on where it was") {
  const Counted counted;
  const Argv words{"map",
                   "--store",
                   "s.db",
                   "--resume",
                   "-q",
                   "-j1",
                   "sh",
                   "-c",
                   "echo x >> ran/$1; test -e go || test $1 != 3 || { touch started; exec sleep 1000; }; echo $1",
                   "sh",
                   "--inputs",
                   "1..5"};
  const int signal = GENERATE(SIGINT, SIGTERM, SIGKILL);
  RunningMpr first(words, counted.options());
  (void)first->read_until("2\n");  // what is printed is recorded
  REQUIRE(wait_until([&] { return exists(counted.dir() / "started"); }));
  first->signal(signal);
  const Result interrupted = first->wait();
  CHECK(interrupted.signal == signal);
  CHECK(interrupted.out == "1\n2\n");
  touch(counted.dir() / "go");
  const Result rest = counted.mpr(words);
  INFO(rest);
  CHECK(rest.exit_status == 0);
  CHECK(rest.out == "1\n2\n3\n4\n5\n");
  for (const char* input : {"1", "2", "4", "5"}) CHECK(counted.runs_of(input) == 1);
  CHECK(counted.runs_of("3") == 2);
}

TEST_CASE("resume: tasks that were running when mpr died are told, and run again") {
  const Counted counted;
  const Argv words{"map", "--store", "s.db", "--resume",
                   "-j1", "sh",      "-c",   "echo x >> ran/$1; test -e go || exec sleep 1000; echo $1",
                   "sh",  ":::",     "1"};
  RunningMpr first(words, counted.options());
  REQUIRE(wait_until([&] {
    return contains(run({kMpr, "show", "--store", "s.db", "--json", "last"}, counted.options()).out, "\"running\":1");
  }));
  first->signal(SIGKILL);
  (void)first->wait();
  touch(counted.dir() / "go");
  const Result second = counted.mpr(words);
  INFO(second);
  CHECK(second.out == "1\n");
  CHECK(second.err == "mpr: 1 task was running when the last session died: to be run again\n");
  CHECK(counted.runs_of("1") == 2);
}

TEST_CASE("resume: the first time there is nothing to resume, which is said and no error") {
  const Counted counted;
  const Result result = counted.map({"--resume"}, {"1"});
  INFO(result);
  CHECK(result.exit_status == 0);
  CHECK_THAT(result.err, Catch::StartsWith("mpr: there is no earlier run to resume: a new one begins\n"));
  check_usage_error(counted.map({"--resume=20200101T000000-abcdef"}, {"1"}),
                    "there is no run '20200101T000000-abcdef'");
  check_usage_error(counted.mpr({"map", "--resume", "true", ":::", "1"}), "--resume: which store");
}

TEST_CASE("resume: --explain says of each task whether it would run, and why") {
  const TempDir dir;
  dir.write("m.json", R"({"version":1,"jobs":{
    "a": {"command": ["sh", "-c", "exit {}"], "inputs": [0, 1]},
    "b": {"command": "echo b", "capture": "keep"},
    "c": {"command": ["echo"], "inputs": {"from": "b"}}}})");
  Options options;
  options.directory = dir.path();
  const auto explain = [&](Argv more) {
    Argv words{"run", "m.json", "--explain"};
    words.insert(words.end(), more.begin(), more.end());
    const Result result = run_mpr(words, options);
    INFO(result);
    CHECK(result.exit_status == 0);
    return result.out;
  };
  CHECK(explain({}) ==
        "run\ta/1\tthere is no earlier run\tsh -c 'exit 0'\n"
        "run\ta/2\tthere is no earlier run\tsh -c 'exit 1'\n"
        "run\tb/1\tthere is no earlier run\tsh -c 'echo b'\n"
        "run\tc\tit reads what job 'b' is yet to write\t\n");
  CHECK_FALSE(exists(dir / ".mpr"));
  CHECK(run_mpr({"run", "m.json"}, options).exit_status == 1);
  CHECK(explain({}) ==
        "keep\ta/1\tfinished\tsh -c 'exit 0'\n"
        "keep\ta/2\tfailed\tsh -c 'exit 1'\n"
        "keep\tb/1\tfinished\tsh -c 'echo b'\n"
        "keep\tc/1\tfinished\techo b\n");
  CHECK_THAT(explain({"--resume", "--retry-failed"}), Catch::Contains("run\ta/2\tfailed\tsh -c 'exit 1'\n"));
  CHECK_THAT(explain({"--set", "jobs.a.inputs=[0,2]"}),
             Catch::Contains("run\ta/2\tnever run like this\tsh -c 'exit 2'\n"));
}

TEST_CASE("resume: when the last failure that is allowed is on record, nothing starts, and how its job ended is told") {
  const TempDir dir;
  dir.write("m.json", R"({"version":1,"jobs":{
    "bad": {"command": ["sh", "-c", "echo x >> ran; exit {}"], "inputs": [1, 0]},
    "after": {"needs": "bad", "command": "echo x >> ran"},
    "other": {"command": "echo x >> ran"}}})");
  Options options;
  options.directory = dir.path();
  for (const Argv& words : {Argv{"run", "m.json", "--store", "s.db", "-j1", "--fail-fast"},
                            Argv{"run", "m.json", "--store", "s.db", "-j1", "--resume", "--fail-fast"}}) {
    const Result result = run_mpr(words, options);
    INFO(result);
    CHECK(result.exit_status == 1);
    CHECK_THAT(result.err, Catch::Contains("mpr: job 'after' skipped: it needs job 'bad', which failed\n"));
    CHECK(lines(read_file(dir / "ran")).size() == 1);
    const std::string shown = run_mpr({"show", "--store", "s.db", "--json", "last"}, options).out;
    INFO(shown);
    CHECK_THAT(shown, Catch::Contains(R"({"job":"bad","state":"failed")"));
    CHECK_THAT(shown, Catch::Contains(R"({"job":"after","state":"skipped")"));
    CHECK_THAT(shown, Catch::Contains(R"({"job":"other","state":"waiting")"));
  }
}

TEST_CASE("resume: a store that is damaged, newer or no store is told, and left as it is") {
  const Counted counted;
  const std::string text(10'000, 'x');
  counted.dir().write("s.db", text);
  const Result result = counted.map({}, {"1"});
  INFO(result);
  CHECK(result.exit_status == 125);
  CHECK(result.out.empty());
  CHECK_THAT(result.err,
             Catch::StartsWith("mpr: error: ") && Catch::Contains("s.db") && Catch::Contains("mpr: hint: "));
  CHECK((read_file(counted.dir() / "s.db") == text));
  CHECK(counted.runs_of("1") == 0);
}
