// SIGKILL at the n-th system call, for mpr itself and for a worker: a place that a kill at a random time seldom meets.
#include <algorithm>
#include <filesystem>
#include <map>
#include <random>
#include <set>
#include <stdexcept>

#include <catch2/catch.hpp>

#include "scenarios.hpp"
#include "support/rounds.hpp"

using namespace mpr::test;

namespace {

/// How often each task was executed.
std::map<std::string, size_t> executions(const TempDir& dir) {
  std::map<std::string, size_t> counts;
  for (const auto& entry : std::filesystem::directory_iterator(dir / "ran")) {
    counts[entry.path().filename()] = lines(read_file(entry.path())).size();
  }
  return counts;
}

/// The tasks that the store has, by the names of their files.
std::set<std::string> recorded_in(const TempDir& dir) {
  std::set<std::string> names;
  for (const std::string& line : lines(run_mpr({"run", "m.json", "--explain"}, faulted::options_in(dir)).out)) {
    const std::string keep = "keep\t";
    if (!line.starts_with(keep)) continue;
    std::string name = line.substr(keep.size(), line.find('\t', keep.size()) - keep.size());
    name[name.find('/')] = '-';
    names.insert(name);
  }
  return names;
}

/// Kills mpr at its n-th call, and resumes the run. False: there are fewer calls.
bool kill_and_resume(unsigned nth) {
  std::set<std::string> recorded;
  std::map<std::string, size_t> before;
  Scenario scenario = scenarios::recorded();
  scenario.again = {"run", "-j2", "m.json", "--resume"};
  scenario.check_again = [&](const TempDir& dir) {
    const auto after = executions(dir);
    for (const std::string& task : recorded) {
      if (after.at(task) != before.at(task)) return "executed again, though it was recorded: " + task;
    }
    return std::string{};
  };
  const auto between = [&](const TempDir& dir, const Result& result) {
    recorded = recorded_in(dir);
    before = executions(dir);
    const bool right = std::string_view{scenario.output}.starts_with(result.out);
    return right ? std::string{} : "it had printed something else";
  };
  const FaultedRun run = run_faulted(scenario, {.nth = nth}, between);
  check(run);
  return run.report.reached;
}

unsigned count_calls(const Scenario& scenario, unsigned whose) {
  const FaultedRun counted = run_faulted(scenario, {.whose = whose});
  check(counted);
  return counted.report.counted;
}

Scenario retried(Scenario scenario) {
  scenario.name += ", retried";
  scenario.words.insert(scenario.words.begin() + 1, {"--retries", "1"});
  return scenario;
}

const Scenario& scenario_named(const std::string& name) {
  for (const Scenario& scenario : all_scenarios()) {
    if (scenario.name == name) return scenario;
  }
  throw std::logic_error("no scenario " + name);
}

std::vector<Scenario> worker_scenarios() {
  std::vector<Scenario> scenarios{scenario_named("leaking"), scenario_named("timed out")};
  for (const char* name : {"exec", "fork-server", "persistent", "lines"}) {
    scenarios.push_back(scenario_named(name));
    scenarios.push_back(retried(scenarios.back()));
  }
  return scenarios;
}

/// Those that must be ended if mpr is killed.
std::vector<Scenario> scenarios_with_processes() {
  std::vector<Scenario> scenarios;
  for (const char* name : {"leaking", "timed out", "fork-server", "persistent", "lines"}) {
    scenarios.push_back(scenario_named(name));
  }
  return scenarios;
}

/// Kills the worker that makes the n-th call of all workers. False: there are fewer.
bool kill_worker(const Scenario& scenario, unsigned nth) {
  FaultedRun run = run_faulted(scenario, {.nth = nth, .whose = kWorkers});
  const bool must_succeed = contains(scenario.name, "retried");
  if (must_succeed && run.exit_status != 0) run.complaints.emplace_back("the lost task was not tried again");
  check(run);
  return run.report.reached;
}

bool is_possible_here() {
  if (const auto& obstacle = FailingCalls::obstacle()) {
    WARN("a program cannot be killed at a call here: " << *obstacle);
    return false;
  }
  return true;
}

/// Some numbers up to `count`: the same ones each time, and others. (A failure tells which it was.)
std::vector<unsigned> some(unsigned count, unsigned how_many) {
  std::vector<unsigned> numbers;
  std::mt19937 same(1);
  std::mt19937 other(std::random_device{}());
  for (unsigned n = 0; n < how_many; ++n) {
    numbers.push_back(1 + static_cast<unsigned>((n % 2 == 0 ? same : other)() % count));
  }
  return numbers;
}

}  // namespace

TEST_CASE("mpr killed at any of its system calls: what goes on ends as an undisturbed run does") {
  if (!is_possible_here()) return;
  for (const unsigned nth : some(count_calls(scenarios::recorded(), kMain), 10)) (void)kill_and_resume(nth);
}

TEST_CASE("mpr killed at each of its system calls: what goes on ends as an undisturbed run does", "[.][soak]") {
  if (!is_possible_here()) return;
  Rounds rounds{10};
  const unsigned calls = count_calls(scenarios::recorded(), kMain);
  while (const auto seed = rounds.next()) {
    CAPTURE(*seed);
    (void)kill_and_resume(1 + *seed % calls);
  }
  WARN(rounds.count() << " kills, " << calls << " calls");
}

TEST_CASE("mpr killed at any of its system calls leaves no process behind") {
  if (!is_possible_here()) return;
  for (const Scenario& scenario : scenarios_with_processes()) {
    for (const unsigned nth : some(count_calls(scenario, kMain), 3)) check(run_faulted(scenario, {.nth = nth}));
  }
}

TEST_CASE("mpr killed at each of its system calls leaves no process behind", "[.][soak]") {
  if (!is_possible_here()) return;
  Rounds rounds{10};
  const auto scenarios = scenarios_with_processes();
  std::vector<unsigned> counts;
  for (const Scenario& scenario : scenarios) counts.push_back(count_calls(scenario, kMain));
  while (const auto seed = rounds.next()) {
    CAPTURE(*seed);
    const size_t place = *seed % scenarios.size();
    const unsigned nth = 1 + static_cast<unsigned>(*seed / scenarios.size()) % counts[place];
    check(run_faulted(scenarios[place], {.nth = nth}));
  }
  WARN(rounds.count() << " kills");
}

TEST_CASE("a worker killed at any of its system calls costs no more than its task, which is told or retried") {
  if (kSlowness != 1) {
    WARN("skipped: the sanitizers' own calls are counted, too");
    return;
  }
  if (!is_possible_here()) return;
  for (const Scenario& scenario : worker_scenarios()) {
    for (const unsigned nth : some(count_calls(scenario, kWorkers), 2)) (void)kill_worker(scenario, nth);
  }
}

TEST_CASE("a worker killed at each of its system calls costs no more than its task, which is told or retried",
          "[.][soak]") {
  if (!is_possible_here()) return;
  Rounds rounds{10};
  const auto scenarios = worker_scenarios();
  std::vector<unsigned> counts;
  for (const Scenario& scenario : scenarios) counts.push_back(count_calls(scenario, kWorkers));
  while (const auto seed = rounds.next()) {
    CAPTURE(*seed);
    const size_t place = *seed % scenarios.size();
    (void)kill_worker(scenarios[place], 1 + static_cast<unsigned>(*seed / scenarios.size()) % counts[place]);
  }
  WARN(rounds.count() << " kills");
}
