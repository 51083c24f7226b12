// Small runs of each kind, for faults to happen to.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "faulted_run.hpp"

namespace mpr::test {

namespace scenarios {

inline Scenario exec() {
  return {.name = "exec",
          .words = {"map", "-j2", "--executor", "exec", job("square"), "--inputs", "1..4"},
          .output = "1\n4\n9\n16\n"};
}

/// What is built with AddressSanitizer cannot be served so.
inline Scenario fork_server() {
  Scenario scenario = exec();
  scenario.name = "fork-server";
  scenario.words[3] = "fork-server";
  if (kSlowness == 1) return scenario;
  scenario.words = {"map",   "-j2",      "--executor", "fork-server", std::string(MPR_TEST_PROGRAMS) + "/forked",
                    "words", "--inputs", "1..4"};
  scenario.output = "";
  return scenario;
}

inline Scenario persistent() {
  return {.name = "persistent",
          .words = {"map", "-j2", "--executor", "persistent", job("square"), "--inputs", "1..40"},
          .output = [] {
            std::string text;
            for (int n = 1; n <= 40; ++n) text += std::to_string(n * n) + "\n";
            return text;
          }()};
}

/// A filter, and inputs of a file.
inline Scenario lines() {
  return {.name = "lines",
          .words = {"map", "-j2", "--executor", "lines", "cat", "--inputs", "@numbers"},
          .output = "1\n2\n3\n4\n",
          .prepare = [](const TempDir& dir) { dir.write("numbers", "1\n2\n3\n4\n"); }};
}

/// A task that must be ended, and ignores SIGTERM.
inline Scenario timed_out() {
  constexpr const char* kScript = "if [ {} = 2 ]; then trap '' TERM; sleep 100 & sleep 100; fi; echo {}";
  return {
      .name = "timed out",
      .words = {"map", "-j2", "--timeout", "300ms", "--kill-after", "100ms", "--shell", kScript, "--inputs", "1..3"},
      .output = "1\n3\n",
      .status = 1};
}

/// Tasks that leave something running, out of their group.
inline Scenario leaking() {
  return {.name = "leaking",
          .words = {"map", "-j2", "--shell", "setsid sleep 100 > /dev/null 2>&1 & echo {}", "--inputs", "1..3"},
          .output = "1\n2\n3\n"};
}

/// The first task ends last, and more than what is kept in memory waits for it.
inline Scenario spilled() {
  constexpr size_t kBytes = 9 * 1024 * 1024;
  constexpr const char* kScript =
      "if [ {} = 1 ]; then i=0; until [ -e ended ] || [ $i = 100 ]; do sleep 0.01; i=$((i+1)); done; echo first; "
      "else yes abcdefghijklmno | head -c 9437184; : > ended; fi";
  std::string output = "first\n";
  while (output.size() < kBytes + 6) output += "abcdefghijklmno\n";
  return {.name = "spilled", .words = {"map", "-j2", "--shell", kScript, "--inputs", "1..2"}, .output = output};
}

/// A task tells that it is executed by a line in ran/.
constexpr const char* kManifest = R"({
  "version": 1,
  "jobs": {
    "number": {"command": "echo x >> ran/$MPR_JOB-$MPR_TASK; echo {}; test -e ok || test {} != 2", "inputs": "1..3"},
    "line": {"command": "echo x >> ran/$MPR_JOB-$MPR_TASK; echo line {}", "inputs": {"from": "number"}},
    "sum": {"command": "echo x >> ran/sum-1; awk '{sum += $2} END {print sum}'", "stdin": {"from": "line"}}
  }
}
)";

constexpr const char* kManifestOutput = "1\n2\n3\nline 1\nline 2\nline 3\n6\n";

inline void write_manifest(const TempDir& dir) {
  dir.write("m.json", kManifest);
  std::filesystem::create_directory(dir / "ran");
}

inline Scenario recorded() {
  return {.name = "recorded",
          .words = {"run", "-j2", "m.json"},
          .output = kManifestOutput,
          .prepare =
              [](const TempDir& dir) {
                write_manifest(dir);
                touch(dir / "ok");
              },
          .again = {"run", "-j2", "m.json", "--resume", "--retry-failed"}};
}

/// Goes on with a run of which a task had failed.
inline Scenario resumed() {
  Scenario scenario = recorded();
  scenario.name = "resumed";
  scenario.words = scenario.again;
  scenario.prepare = [](const TempDir& dir) {
    write_manifest(dir);
    const Result failed = run_mpr({"run", "-j2", "-q", "m.json"}, faulted::options_in(dir));
    INFO(failed);
    REQUIRE(failed.exit_status == 1);
    touch(dir / "ok");
  };
  return scenario;
}

}  // namespace scenarios

/// Their outputs are those of an undisturbed run, which is taken here.
inline const std::vector<Scenario>& all_scenarios() {
  static const std::vector<Scenario> all = [] {
    std::vector<Scenario> scenarios{scenarios::exec(),    scenarios::fork_server(), scenarios::persistent(),
                                    scenarios::lines(),   scenarios::timed_out(),   scenarios::leaking(),
                                    scenarios::spilled(), scenarios::recorded(),    scenarios::resumed()};
    for (Scenario& scenario : scenarios) {
      if (scenario.output.empty()) scenario.output = run_mpr(scenario.words).out;
    }
    return scenarios;
  }();
  return all;
}

}  // namespace mpr::test
