// The promise of the store: killed at any moment, a run goes on where it was. Nothing that it has told is lost, nothing
// that was recorded runs again, and what it prints in the end is what one undisturbed run prints.
#include <signal.h>

#include <filesystem>
#include <map>
#include <random>
#include <set>
#include <thread>

#include <catch2/catch.hpp>

#include "support/mpr_command.hpp"
#include "support/rounds.hpp"

using namespace mpr::test;

namespace {

constexpr unsigned kNumbers = 1000;

/// Two thousand tasks: numbers, something for each line of these, and a sum. Each task tells that it was executed.
constexpr const char* kManifest = R"({
  "version": 1,
  "jobs": {
    "number": {"command": "echo x >> ran/$MPR_JOB-$MPR_TASK; echo {}; echo note {} >&2", "inputs": "1..1000"},
    "line": {"command": "echo x >> ran/$MPR_JOB-$MPR_TASK; echo line {}", "inputs": {"from": "number"}},
    "sum": {"command": "echo x >> ran/sum-1; awk '{sum += $2} END {print sum}'", "stdin": {"from": "line"}}
  }
}
)";

std::string expected_output() {
  std::string text;
  for (unsigned n = 1; n <= kNumbers; ++n) text += std::to_string(n) + "\n";
  for (unsigned n = 1; n <= kNumbers; ++n) text += "line " + std::to_string(n) + "\n";
  return text + std::to_string(kNumbers * (kNumbers + 1) / 2) + "\n";
}

class Project {
 public:
  Project() {
    dir_.write("m.json", kManifest);
    std::filesystem::create_directory(dir_ / "ran");
    options_.directory = dir_.path();
    options_.limit = std::chrono::seconds{60} * kSlowness;
  }
  [[nodiscard]] const Options& options() const { return options_; }

  /// How often each task was executed.
  [[nodiscard]] std::map<std::string, size_t> executions() const {
    std::map<std::string, size_t> counts;
    for (const auto& entry : std::filesystem::directory_iterator(dir_ / "ran")) {
      counts[entry.path().filename()] = lines(read_file(entry.path())).size();
    }
    return counts;
  }

  /// The tasks that the store has, by the names of their files.
  [[nodiscard]] std::set<std::string> recorded() const {
    std::set<std::string> names;
    for (const std::string& line : lines(run({kMpr, "run", "m.json", "--explain"}, options_).out)) {
      const std::string keep = "keep\t";
      if (!line.starts_with(keep)) continue;
      std::string name = line.substr(keep.size(), line.find('\t', keep.size()) - keep.size());
      name[name.find('/')] = '-';
      names.insert(name);
    }
    return names;
  }

 private:
  TempDir dir_;
  Options options_;
};

struct Story {
  int kills = 0;
  size_t executions = 0;
};

/// Runs mpr, and kills it after a while, if it has not ended by then; alone, or with its process group.
Result run_for_a_while(const Project& project, std::chrono::microseconds time, bool whole_group) {
  RunningMpr mpr({"run", "m.json", "--resume", "-q"}, project.options());
  std::this_thread::sleep_for(time);
  ::kill(whole_group ? -mpr->pid() : mpr->pid(), SIGKILL);
  return mpr->wait();
}

/// Kills and resumes a run until it gets to its end.
Story tell(unsigned seed) {
  std::mt19937 random(seed);
  const Project project;
  Story story;
  std::set<std::string> recorded;
  for (;; ++story.kills) {
    auto before = project.executions();
    const std::chrono::microseconds time{random() % 1'000'000};
    const Result result = run_for_a_while(project, time, random() % 2 == 0);
    INFO(result);
    auto after = project.executions();
    for (const std::string& task : recorded) {
      INFO(task);
      REQUIRE(after[task] == before[task]);
    }
    REQUIRE((expected_output().starts_with(result.out)));
    if (result.signal == SIGKILL) {
      recorded = project.recorded();
      continue;
    }
    REQUIRE(result.exit_status == 0);
    REQUIRE((result.out == expected_output()));
    for (const auto& [task, count] : after) story.executions += count;
    return story;
  }
}

}  // namespace

TEST_CASE("a run that is killed at any moment, again and again, prints what an undisturbed one does", "[soak]") {
  int kills = 0;
  size_t executions = 0;
  Rounds rounds{2};
  while (const auto seed = rounds.next()) {
    CAPTURE(*seed);
    const Story story = tell(*seed);
    kills += story.kills;
    executions += story.executions;
  }
  WARN(rounds.count() << " runs, " << kills << " kills, " << executions << " executions of "
                      << rounds.count() * (2 * kNumbers + 1));
  CHECK(kills > 0);
}
