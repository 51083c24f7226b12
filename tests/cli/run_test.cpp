// mpr run as it is used: a manifest in a directory, its jobs, what is printed, and what is said.
#include <algorithm>
#include <filesystem>
#include <thread>

#include <catch2/catch.hpp>

#include "support/mpr_command.hpp"

using namespace mpr::test;

namespace {

/// A directory with a manifest m.json, in which mpr is run.
class Project {
 public:
  explicit Project(const std::string& jobs, const std::string& pool = "{}") {
    dir_.write("m.json", R"({"version": 1, "pool": )" + pool + R"(, "jobs": {)" + jobs + "}}\n");
  }
  [[nodiscard]] Result mpr(Argv words) const {
    Options options;
    options.directory = dir_.path();
    return run_mpr(words, options);
  }
  [[nodiscard]] Result run(Argv more = {}) const {
    Argv words{"run", "m.json"};
    words.insert(words.end(), more.begin(), more.end());
    return mpr(words);
  }
  const TempDir& dir() const { return dir_; }

 private:
  TempDir dir_;
};

constexpr const char* kSquares = R"(
  "square": {"command": ["expr", "{n}", "*", "{n}"], "inputs": {"n": "1..5"}, "capture": "keep"
},
  "sum": {"command": "paste -sd+ | tr + ' '", "stdin": {"from": "square"}},
  "each": {"command": ["echo", "got", "{}"], "inputs": {"from": "square"}})";

}  // namespace

TEST_CASE("run: a job reads what another has written, as its input or line by line") {
  const Project project{kSquares};
  const Result result = project.run();
  INFO(result);
  CHECK(result.exit_status == 0);
  CHECK(result.out == "1 4 9 16 25\ngot 1\ngot 4\ngot 9\ngot 16\ngot 25\n");
  CHECK(result.err.empty());
  CHECK(exists(project.dir() / ".mpr/runs.db"));
}

TEST_CASE("run: paths are seen from the manifest's directory, wherever mpr is started") {
  const TempDir dir;
  dir.write("list", "a\nb\n");
  dir.write("m.json", R"({"version":1,"jobs":{"x":{"command":"cat list; pwd; echo {}","inputs":"@list"}}})");
  const Result result = run_mpr({"run", "--no-store", dir / "m.json"});
  INFO(result);
  CHECK(result.out == "a\nb\n" + dir.path() + "\na\na\nb\n" + dir.path() + "\nb\n");
  CHECK_FALSE(exists(dir / ".mpr"));
}

TEST_CASE("run: a task's directory, variables, input and output are what the manifest says") {
  const Project project{R"(
    "make": {"command": "mkdir -p d && echo here > d/in.txt"},
    "use": {"needs": "make", "command": "cat; echo $A-${B-unset}-$MPR_JOB", "inputs": {"n": [1, 2]},
            "cwd": "d", "env": {"A": "<{n}>", "B": null}, "stdin": {"file": "in.txt"},
            "capture": {"file": "out/{n}.txt"}},
    "see": {"needs": "use", "command": "cat d/out/1.txt d/out/2.txt"},
    "text": {"needs": "see", "command": ["cat"], "stdin": "a {b} c"},
    "none": {"needs": "see", "command": "echo lost", "capture": "discard"})"};
  Options options;
  options.directory = project.dir().path();
  options.env = {{"B", "inherited"}};
  const Result result = run_mpr({"run", "m.json"}, options);
  INFO(result);
  CHECK(result.out == "here\n<1>-unset-use 1\nhere\n<2>-unset-use 2\na {b} c");
  CHECK(result.exit_status == 0);
}

TEST_CASE("run: what needs a failed job is skipped and said to be, the rest runs, and the status tells") {
  const Project project{R"(
    "bad": {"command": "echo broken >&2; exit 3"},
    "after": {"needs": "bad", "command": "echo never"},
    "later": {"needs": "after", "command": "echo never"},
    "good": {"command": "echo good"})"};
  const Result result = project.run();
  INFO(result);
  CHECK(result.exit_status == 1);
  CHECK(result.out == "good\n");
  CHECK_THAT(result.err, Catch::StartsWith("broken\nmpr: 1 of 2 tasks failed\nmpr: task bad/1 failed: exit status 3"));
  CHECK_THAT(result.err, !Catch::Contains("not read") && !Catch::Contains("never"));
  CHECK_THAT(result.err, Catch::Contains("mpr: job 'after' skipped: it needs job 'bad', which failed\n"));
  CHECK_THAT(result.err, Catch::Contains("mpr: job 'later' skipped: it needs job 'after', which was skipped\n"));
}

TEST_CASE("run: with --fail-fast nothing is started after a failure") {
  const Project project{R"(
    "bad": {"command": "exit 1"},
    "more": {"command": "echo {}", "inputs": "1..1000"},
    "last": {"needs": "more", "command": "echo last"})"};
  const Result result = project.run({"-j1", "--fail-fast"});
  INFO(result);
  CHECK(result.exit_status == 1);
  CHECK(result.out.empty());
  CHECK_THAT(result.err, Catch::Contains("mpr: 1000 tasks never started\nmpr: 1 job never began\n"));
}

TEST_CASE("run: a job that may fail fails nothing else") {
  const Project project{R"(
    "shaky": {"command": "exit 1", "allow_failure": true},
    "next": {"needs": "shaky", "command": "echo next"})"};
  const Result result = project.run();
  INFO(result);
  CHECK(result.exit_status == 0);
  CHECK(result.out == "next\n");
  CHECK_THAT(result.err, Catch::Contains("1 task failed in jobs that may fail"));
}

TEST_CASE("run: retries, success codes and timeouts are the job's own") {
  const Project project{R"(
    "again": {"command": "test $MPR_ATTEMPT = 3 && echo third", "retries": {"count": 2, "delay": "1ms", "backoff": 2}},
    "three": {"command": "exit 3", "success_codes": [3]},
    "slow": {"command": "sleep 1000", "timeout": "100ms", "allow_failure": true})"};
  const Result result = project.run({"-v"});
  INFO(result);
  CHECK(result.exit_status == 0);
  CHECK(result.out == "third\n");
  CHECK_THAT(result.err, Catch::Contains("task slow/1: timed out"));
}

TEST_CASE("run: tasks share what the pool has, and are told what they got") {
  const Project project{R"(
    "gpu": {"command": "mkdir lock-$MPR_GPU && sleep 0.05 && rmdir lock-$MPR_GPU && echo $MPR_GPU",
            "inputs": "1..12", "resources": {"gpu": 1}},
    "both": {"command": "echo $MPR_GPU $MPR_CPUS", "resources": {"gpu": 2, "cpus": 3, "memory": "1M"}})",
                        R"({"workers": 4, "resources": {"gpu": 2, "memory": "1M"}})"};
  const Result result = project.run();
  INFO(result);
  CHECK(result.exit_status == 0);
  CHECK_THAT(result.out, Catch::EndsWith("0,1 3\n"));
}

TEST_CASE("run: a task of two CPUs may run on those of both its workers") {
  const unsigned cpus = std::thread::hardware_concurrency();
  if (cpus < 2) return;
  const Project project{R"(
    "one": {"command": "nproc"},
    "two": {"command": "nproc", "resources": {"cpus": 2}},
    "after": {"needs": "two", "command": "nproc"})",
                        R"({"workers": 2, "affinity": "thread"})"};
  const Result result = project.run();
  INFO(result);
  CHECK(result.exit_status == 0);
  const auto said = lines(result.out);
  CHECK(said == std::vector<std::string>{"1", "2", "1"});
}

TEST_CASE("run: what can never be had is refused before anything runs") {
  const Project project{R"("wide": {"command": "true", "resources": {"cpus": 3}})"};
  check_usage_error(project.run({"-j2"}), "needs 3 cpus, and there are 2 workers");
  CHECK_FALSE(exists(project.dir() / ".mpr"));
  const Project hungry{R"("big": {"command": "true", "resources": {"memory": "4000T"}})"};
  check_usage_error(hungry.run(), "bytes of memory");
}

TEST_CASE("run: --only runs a job and what it needs") {
  const Project project{R"(
    "a": {"command": "echo a"}, "b": {"needs": "a", "command": "echo b"}, "c": {"command": "echo c"})"};
  CHECK(project.run({"--only", "b"}).out == "a\nb\n");
  CHECK(project.run({"--only", "c", "--only=a"}).out == "a\nc\n");
  const Result unknown = project.run({"--only", "bb"});
  check_usage_error(unknown, "there is no job 'bb'");
  CHECK_THAT(unknown.err, Catch::Contains("did you mean 'b'?"));
}

TEST_CASE("run: --set changes the manifest, and is checked like it") {
  const Project project{R"("a": {"command": ["echo", "{n}"], "inputs": {"n": 1}})"};
  CHECK(project.run({"--set", "jobs.a.inputs.n=1..3"}).out == "1\n2\n3\n");
  check_usage_error(project.run({"--set", "jobs.a.timeout=soon"}), "--set jobs.a.timeout=soon: jobs.a.timeout");
}

TEST_CASE("run: the shards of a plan are disjoint and whole, and keep each task's number") {
  const Project project{R"(
    "setup": {"command": "echo setup"},
    "work": {"needs": "setup", "command": ["sh", "-c", "echo $1 $MPR_TASK {#}", "sh", "{}"], "inputs": "10..29"},
    "sum": {"command": "wc -l", "stdin": {"from": "work"}})"};
  std::vector<std::string> seen;
  for (const char* part : {"1/3", "2/3", "3/3"}) {
    const Result result = project.run({"--shard", part});
    INFO(result);
    CHECK(result.exit_status == 0);
    CHECK_THAT(result.out, Catch::StartsWith("setup\n"));
    CHECK_THAT(result.err, Catch::Contains("job 'sum' is left out"));
    for (const std::string& line : lines(result.out)) {
      if (line != "setup") seen.push_back(line);
    }
    CHECK(project.run({"--shard", part}).out == result.out);
  }
  std::sort(seen.begin(), seen.end());
  REQUIRE(seen.size() == 20);
  for (int i = 0; i < 20; ++i) {
    const std::string place = std::to_string(i + 1);
    CHECK(seen[static_cast<size_t>(i)] == std::to_string(10 + i) + " " + place + " " + place);
  }
  for (const char* wrong : {"0/3", "4/3", "1", "1/", "a/b", "1/0", "-1/3"}) {
    check_usage_error(project.run({"--shard", wrong}), "--shard");
  }
}

TEST_CASE("run: a plan can be seen before it is run") {
  const Project project{kSquares};
  const Result check = project.mpr({"check", "m.json"});
  INFO(check);
  CHECK(check.exit_status == 0);
  CHECK_THAT(check.out, Catch::StartsWith("m: 3 jobs, "));
  CHECK_THAT(check.out, Catch::Contains("square: 5 tasks, not printed\n"));
  CHECK_THAT(check.out, Catch::Contains("    ... and 2 more\n"));
  CHECK_THAT(check.out,
             Catch::Contains("    needs square\n    sh -c 'paste -sd+ | tr + '\\'' '\\''' < OUTPUT-OF-square\n"));
  CHECK_THAT(check.out, Catch::Contains("each: tasks not known yet\n"));
  const Result dry = project.run({"--dry-run"});
  CHECK(lines(dry.out).size() == 7);
  CHECK_THAT(dry.out, Catch::EndsWith("# each: its inputs are what job 'square' will have written\n"));
  CHECK_FALSE(exists(project.dir() / ".mpr"));
}

TEST_CASE("run: a command that --dry-run prints does in a shell what the task would") {
  const Project project{R"(
    "odd": {"command": ["sh", "-c", "cat; echo \"$A\" \"$1\"; pwd", "sh", "it's {}"], "inputs": ["a b", "$HOME"],
            "cwd": "sub dir", "env": {"A": "x'y", "PWD": null}, "stdin": "to\nread\n"})"};
  std::filesystem::create_directory(project.dir() / "sub dir");
  const Result run = project.run();
  INFO(run);
  REQUIRE(run.exit_status == 0);
  Options options;
  options.directory = project.dir().path();
  CHECK(shell("$MPR run --dry-run m.json | sh", options).out == run.out);
}

TEST_CASE("run: a manifest may come from standard input") {
  const TempDir dir;
  Options options = input(R"({"version":1,"jobs":{"a":{"command":"echo a"}}})");
  options.directory = dir.path();
  const Result result = run_mpr({"run", "--no-store", "-"}, options);
  INFO(result);
  CHECK(result.out == "a\n");
}

TEST_CASE("run: wrong manifests and words are refused, and nothing has run") {
  const Project project{R"("a": {"command": "touch ran", "tiemout": "1s"})"};
  const Result result = project.run();
  check_usage_error(result, "m.json:1:");
  CHECK_THAT(result.err, Catch::Contains("did you mean 'timeout'?"));
  CHECK_FALSE(exists(project.dir() / "ran"));
  CHECK_FALSE(exists(project.dir() / ".mpr"));
  check_usage_error(project.mpr({"run"}), "no manifest");
  check_usage_error(project.mpr({"run", "none.json"}), "none.json");
  check_usage_error(project.mpr({"run", "m.json", "two.json"}), "two.json");
  check_usage_error(project.run({"--no-store", "--resume"}), "--no-store and --resume");
  check_usage_error(project.run({"--retry-failed"}), "--retry-failed");
}

TEST_CASE("run: inputs that cannot be had are told before anything runs, if no job makes them") {
  const Project project{R"("a": {"command": "touch ran"}, "b": {"command": "cat {}", "inputs": {"glob": "*.none"}})"};
  check_usage_error(project.run(), "job 'b': no file is like '*.none'");
  CHECK_FALSE(exists(project.dir() / "ran"));
  const Project late{R"(
    "a": {"command": "echo a"}, "b": {"needs": "a", "command": "cat {}", "inputs": "@missing"})"};
  const Result result = late.run({"-q"});
  INFO(result);
  CHECK(result.exit_status == 125);
  CHECK(result.out == "a\n");
  CHECK(result.err == "mpr: error: job 'b': cannot read 'missing': No such file or directory\n");
  const Project made{R"(
    "a": {"command": "touch 1.made 2.made"}, "b": {"needs": "a", "command": ["echo"], "inputs": {"glob": "*.made"}})"};
  CHECK(made.run().out == "1.made\n2.made\n");
}

TEST_CASE("run: the schema is JSON, and knows the version") {
  const Result result = run_mpr({"schema"});
  CHECK(result.exit_status == 0);
  CHECK_THAT(result.out, Catch::Contains("\"$schema\"") && Catch::Contains("\"version\""));
}

TEST_CASE("run: results as JSON say the job") {
  const Project project{R"("a": {"command": "echo {}", "inputs": [1]})"};
  const Result result = project.run({"--json"});
  INFO(result);
  CHECK_THAT(result.out, Catch::StartsWith(R"({"job":"a","task":1,"inputs":["1"],)"));
}

TEST_CASE("run: a line's tag says the job") {
  const Project project{R"("a": {"command": "echo x", "inputs": [1]}, "b": {"command": "echo y"})"};
  CHECK(project.run({"--tag"}).out == "a 1\tx 1\nb\ty\n");
}

TEST_CASE("run: a job's worker says how its tasks are run, and answers are recorded and read like outputs") {
  const Project project{R"(
  "line": {"command": ["sed", "-u", "s/^/1/"], "inputs": "0..9", "worker": "lines", "recycle_after": 4, "capture": "keep"},
  "square": {"command": [")" +
                        job("square") + R"("], "inputs": {"from": "line"}, "worker": "persistent"},
  "fork": {"command": ["echo", "{}", "{v}"], "env": {"V": "{v}"}, "inputs": {"v": "1..3"}, "worker": "fork-server"})"};
  const Result result = project.run();
  INFO(result);
  CHECK(result.out == "100\n121\n144\n169\n196\n225\n256\n289\n324\n361\n1 1\n2 2\n3 3\n");
  CHECK(result.success());
  const Result resumed = project.run({"--resume", "-v"});
  CHECK(resumed.out == result.out);
  CHECK(contains(project.mpr({"show", "last"}).out, "23 succeeded"));
}

TEST_CASE("run: a job that one process cannot run is refused with its name, before anything runs") {
  const auto refused = [](const std::string& job) { return Project{job}.run(); };
  check_usage_error(refused(R"("a": {"command": "touch ran"}, "b": {"command": ["sed", "-u", "p"], "inputs": "1..2",
                               "env": {"V": "{}"}, "worker": "lines"})"),
                    "job 'b': the executor 'lines' cannot run this command: the environment of its tasks differs");
  check_usage_error(
      refused(R"("b": {"command": ["sed", "-u", "p"], "inputs": "1..2", "stdin": "x", "worker": "json"})"),
      "have a standard input of their own");
  check_usage_error(refused(R"("b": {"command": ["cat"], "worker": "lines"})"), "there is nothing to ask");
}
