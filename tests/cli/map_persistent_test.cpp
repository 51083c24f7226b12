// mpr map with processes that stay, as its users see it. What the executors do is tested in process/.
#include <signal.h>

#include <set>

#include "support/mpr_command.hpp"
#include "support/temp_dir.hpp"

using namespace mpr::test;

namespace {

const std::string kDeed = MPR_TEST_PROGRAMS "/jobs/deed";

/// mpr's words for a shell's loop as a filter, and then inputs.
Argv filter(const std::string& body, const Argv& options, const Argv& inputs) {
  Argv words{"map", "-j1", "--executor", "lines"};
  words.insert(words.end(), options.begin(), options.end());
  words.insert(words.end(), {"sh", "-c", "while read -r x; do " + body + "; done", "--inputs"});
  words.insert(words.end(), inputs.begin(), inputs.end());
  return words;
}

}  // namespace

TEST_CASE("a program made with MPR_JOB prints and ends as if it were started for each task") {
  const Argv words{"-j2", "--quiet", job("square"), "--inputs", "1..500", "x", "-3", "", "99999999999999999999"};
  Argv left_to_mpr{"map"};
  Argv with_exec{"map", "--executor", "exec"};
  left_to_mpr.insert(left_to_mpr.end(), words.begin(), words.end());
  with_exec.insert(with_exec.end(), words.begin(), words.end());
  const Result stays = run_mpr(left_to_mpr);
  const Result started = run_mpr(with_exec);
  CHECK(stays.out == started.out);
  CHECK(stays.err == started.err);
  CHECK(stays.exit_status == started.exit_status);
  CHECK(lines(stays.out).size() == 501);
}

TEST_CASE("a hundred thousand inputs are answered in order, few processes being started") {
  const Result result = run_mpr({"map", "-j2", job("square"), "--inputs", "1..100000"});
  CHECK(result.success());
  const auto squares = lines(result.out);
  REQUIRE(squares.size() == 100'000);
  for (size_t i = 0; i < squares.size(); i += 997) CHECK(squares[i] == std::to_string((i + 1) * (i + 1)));
  const Result pids = shell("$MPR map -j2 --executor lines sh -c 'while read -r x; do echo $$; done' --inputs 1..2000");
  const auto each = lines(pids.out);
  CHECK(each.size() == 2000);
  CHECK(std::set<std::string>(each.begin(), each.end()).size() <= 2);
}

TEST_CASE("what a task in a process that stays writes, and then takes its time, is printed before its answer") {
  for (const Argv& options : {Argv{}, Argv{"--unordered"}, Argv{"--json"}}) {
    Argv words{"map", "-j2"};
    words.insert(words.end(), options.begin(), options.end());
    words.insert(words.end(), {kDeed, "--inputs", "sleep:300", "dawdle"});
    const Result result = run_mpr(words);
    INFO(result);
    CHECK(result.success());
    CHECK(contains(result.out, options == Argv{"--json"} ? "first\\ndawdle\\n" : "first\ndawdle\n"));
    CHECK(contains(result.out, "sleep:300"));
  }
}

TEST_CASE("each task in one process is told its number, and the templates see theirs") {
  const Result result = run_mpr({"map", "-j2", "--executor", "lines", "sh", "-c",
                                 "while read -r n x; do echo \"$n has $x\"; done", "--inputs", "a..d"});
  CHECK(result.out == "a has \nb has \nc has \nd has \n");
  const Result numbered = run_mpr({"map", "-j2", "--executor", "lines", "cat", "{#}:{}", "--inputs", "a..c"});
  CHECK(numbered.out == "1:a\n2:b\n3:c\n");
}

TEST_CASE("with --executor lines, the words from the first placeholder on are the line") {
  const Result result = run_mpr({"map", "--executor", "lines", "sed", "-u", "s/^/> /", "{2}", "and", "{1}", "--inputs",
                                 "a", "b", "--inputs", "c"});
  CHECK(result.out == "> c and a\n> c and b\n");
}

TEST_CASE("a crash of a process that stays fails one task, and is retried where asked for") {
  const Result result = run_mpr(filter("test $x = 3 && exit 7; echo $x", {}, {"1..5"}));
  CHECK(result.out == "1\n2\n4\n5\n");
  CHECK(result.exit_status == 1);
  CHECK(contains(result.err, "mpr: task 3 failed: exit status 7"));
  const TempDir dir;
  const std::string mark = dir / "mark";
  const Result retried =
      run_mpr(filter("test $x = 3 && mkdir " + mark + " 2>/dev/null && exit 7; echo $x", {"--retries", "1"}, {"1..5"}));
  CHECK(retried.out == "1\n2\n3\n4\n5\n");
  CHECK(retried.success());
}

TEST_CASE("a task in a process that stays has its own timeout") {
  const Result result =
      run_mpr(filter("test $x = 2 && sleep 1000; echo $x", {"--timeout", "300ms", "--kill-after", "1s"}, {"1..3"}));
  CHECK(result.out == "1\n3\n");
  CHECK(contains(result.err, "mpr: task 2 failed: timed out"));
}

TEST_CASE("a process that stays is replaced after as many tasks as --recycle-after says") {
  const auto pids = lines(run_mpr(filter("echo $$", {"--recycle-after", "2"}, {"1..6"})).out);
  REQUIRE(pids.size() == 6);
  CHECK(std::set<std::string>(pids.begin(), pids.end()).size() == 3);
  CHECK((pids[0] == pids[1] && pids[2] == pids[3] && pids[4] == pids[5]));
}

TEST_CASE("what a process that stays writes to stderr belongs to the task that was running") {
  const Result result = run_mpr({"map", "-j1", "--tag", kDeed, "--inputs", "print", "cerr", "print"});
  CHECK(lines(result.out).size() >= 2);
  for (const std::string& line : lines(result.err)) CHECK_THAT(line, Catch::StartsWith("cerr\t"));
  CHECK_FALSE(result.err.empty());
}

TEST_CASE("the JSON protocol of Bazel's workers is spoken to programs that stay") {
  const Result result =
      run_mpr({"map", "-j1", "--executor", "json", kHelper, "answer-json", "{}", "--inputs", "a b", "c"});
  INFO(result);
  CHECK(result.out == "a bc");
  CHECK(result.success());
}

TEST_CASE("results of processes that stay are recorded, and not asked for again") {
  const TempDir dir;
  const std::string counted = dir / "count";
  const auto command = [&](const char* extra) {
    return shell("$MPR map -j2 --store " + dir.path() + "/s.db " + extra +
                 " --executor lines sh -c 'while read -r x; do echo $x >> " + counted +
                 "; echo got $x; done' --inputs 1..300");
  };
  const Result first = command("");
  const Result second = command("--resume");
  CHECK(second.out == first.out);
  CHECK(lines(first.out).size() == 300);
  CHECK(shell("wc -l < " + counted).out == "300\n");
}

TEST_CASE("a killed mpr leaves no process that stays") {
  const Census census;
  Running mpr(mpr_argv({"map", "-j2", "--line-buffer", "--executor", "lines", "sh", "-c",
                        "while read -r x; do echo started; test $x = go || sleep 1000; done", "--inputs", "go", "go",
                        "a", "b"}),
              census.mark());
  mpr.read_until("started\n");
  mpr.signal(SIGKILL);
  CHECK(mpr.wait().signal == SIGKILL);
}

TEST_CASE("what an executor cannot run is told before anything runs") {
  check_usage_error(run_mpr({"map", "--executor", "forks", "echo", "--inputs", "1"}), "'forks'");
  check_usage_error(run_mpr({"map", "--executor", "persistent", "echo", "--inputs", "1"}), "is not made with MPR_JOB");
  check_usage_error(run_mpr({"map", "--executor", "lines", "{}", "--inputs", "cat"}), "begins with an input");
  check_usage_error(run_mpr({"map", "--executor", "lines", "--shell", "cat", "--inputs", "1"}), "is a script");
  check_usage_error(run_mpr({"map", "--recycle-after", "x", "echo", "--inputs", "1"}), "'x'");
}
