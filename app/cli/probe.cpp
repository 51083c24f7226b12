#include "cli/probe.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "cli/map_job.hpp"
#include "cli/map_options.hpp"
#include "cli/output.hpp"
#include "cli/probing.hpp"
#include "cli/session.hpp"
#include "manifest/error.hpp"
#include "manifest/execution.hpp"
#include "manifest/shell_quote.hpp"
#include "os/poll_set.hpp"
#include "terminal/messages.hpp"

namespace mpr::app {
namespace {

using manifest::ExecutorChoice;

constexpr size_t kMostRows = 100;
constexpr unsigned kRounds = 3;
constexpr std::chrono::milliseconds kRoundTime{500};

std::vector<runner::Inputs> first_rows(manifest::InputSource& inputs) {
  std::vector<runner::Inputs> rows;
  for (runner::Inputs row; rows.size() < kMostRows;) {
    const auto step = inputs.next(row);
    if (step == manifest::Step::end) break;
    if (step == manifest::Step::value) rows.push_back(row);
    if (step == manifest::Step::wait) os::wait_until_readable(inputs.wait_fd());
  }
  return rows;
}

/// One way to run the tasks, and what came of it, round by round.
struct Way {
  const char* name;
  ExecutorChoice executor;
  std::string why_not;  ///< it cannot run them
  std::vector<Probed> rounds;

  [[nodiscard]] double speed() const {
    std::vector<double> speeds;
    for (const Probed& round : rounds) speeds.push_back(round.tasks_per_second);
    std::sort(speeds.begin(), speeds.end());
    return speeds[speeds.size() / 2];
  }
};

/// The tasks that do not do the same in both, by their places.
std::vector<size_t> differing(const Probed& one, const Probed& other) {
  std::vector<size_t> places;
  for (size_t place = 0; place < one.tasks.size(); ++place) {
    if (one.tasks[place] != other.tasks[place]) places.push_back(place);
  }
  return places;
}

std::string describe_difference(const ProbedTask& exec, const ProbedTask& other) {
  if (exec.end != other.end) return fmt::format("'{}' instead of '{}'", other.end, exec.end);
  const bool out = exec.out != other.out;
  const std::string& expected = out ? exec.out : exec.err;
  const std::string& found = out ? other.out : other.err;
  const auto at = std::mismatch(expected.begin(), expected.end(), found.begin(), found.end()).first;
  return fmt::format("{} differs at byte {}", out ? "stdout" : "stderr", at - expected.begin() + 1);
}

class Probe {
 public:
  Probe(const Sample& sample, const runner::RunOptions& options) : sample_(sample), options_(options) {
    for (Way& way : ways_) find_out_whether_possible(way);
  }

  /// In turns, so that a busy moment of the machine is not one way's misfortune.
  void measure() {
    for (unsigned round = 0; round < kRounds; ++round) {
      for (Way& way : ways_) {
        if (!way.why_not.empty()) continue;
        way.rounds.push_back(probe(sample_, way.executor, options_, kRoundTime));
        if (const auto signal = way.rounds.back().signal) os::die_by_signal(*signal);
      }
    }
    unsteady_ = differing(exec().rounds[0], exec().rounds[1]);
  }

  /// False when another way does not do what exec does.
  bool report(Output& out) const {
    bool same = true;
    out.print(fmt::format("{:<12} {:>10} {:>8}   outputs and exit statuses of {}\n", "executor", "tasks/s", "faster",
                          tasks_text(sample_.rows.size())));
    for (const Way& way : ways_) {
      if (!way.why_not.empty()) {
        out.print(fmt::format("{:<12} {:>10} {:>8}   {}\n", way.name, "-", "-", way.why_not));
        continue;
      }
      const std::string verdict = verdict_on(way, same);
      out.print(fmt::format("{:<12} {:>10.0f} {:>7.2f}x   {}\n", way.name, way.speed(), way.speed() / exec().speed(),
                            verdict));
    }
    if (!unsteady_.empty()) {
      out.print(fmt::format("{} not do the same twice, and could not be compared\n",
                            unsteady_.size() == 1 ? "1 task does" : fmt::format("{} tasks do", unsteady_.size())));
    }
    return same;
  }

 private:
  static std::string tasks_text(size_t count) { return count == 1 ? "1 task" : fmt::format("{} tasks", count); }

  [[nodiscard]] const Way& exec() const { return ways_.front(); }

  void find_out_whether_possible(Way& way) const try {
    runner::Job job;
    manifest::set_execution(job, way.executor, sample_.tasks);
  } catch (const manifest::Error& error) {
    way.why_not = error.what();
  }

  std::string verdict_on(const Way& way, bool& same) const {
    if (&way == &exec()) return "what the others are compared with";
    for (const size_t place : differing(exec().rounds[0], way.rounds[0])) {
      if (std::find(unsteady_.begin(), unsteady_.end(), place) != unsteady_.end()) continue;
      same = false;
      const ProbedTask& expected = exec().rounds[0].tasks[place];
      return fmt::format("DIFFERENT: task {}: {}", place + 1,
                         describe_difference(expected, way.rounds[0].tasks[place]));
    }
    return "the same";
  }

  const Sample& sample_;
  const runner::RunOptions& options_;
  std::vector<Way> ways_{{"exec", ExecutorChoice::exec, {}, {}},
                         {"fork-server", ExecutorChoice::fork_server, {}, {}},
                         {"persistent", ExecutorChoice::persistent, {}, {}}};
  std::vector<size_t> unsteady_;  ///< do not do the same twice, even with exec
};

}  // namespace

ExitCode probe_command(std::span<const std::string> words) {
  std::string help;
  const auto line = read_map_command_line(words, help, kProbeTexts);
  if (!line) {
    print_result(help);
    return ExitCode::success;
  }
  const MapOptions& options = line->options;
  const runner::RunOptions run =
      run_options(options.run.workers.value_or("auto"), options.run.affinity.value_or(Affinity::automatic), 0,
                  options.run.results, os::SignalState::current());
  manifest::InputSource inputs = open_inputs(*line);
  const manifest::TaskTemplate tasks{compile_command(*line, inputs)};
  const std::vector<runner::Inputs> rows = first_rows(inputs);
  if (rows.empty()) throw manifest::Error("there are no inputs to probe the command with");
  Sample sample{rows, tasks, {}};
  sample.like.timeout = options.timeout;
  sample.like.kill_after = options.kill_after;
  sample.like.recycle_after = options.recycle_after;
  Probe probing{sample, run};
  probing.measure();
  Output out;
  const bool same = probing.report(out);
  out.flush();
  return same ? ExitCode::success : ExitCode::task_failed;
}

}  // namespace mpr::app
