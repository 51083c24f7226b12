// Runs of mpr to which one fault happens, and what may come of it: a correct result, or an error that is told with the
// documented status. Never a hang, a death, a wrong result, a lost result told as success, or something left behind.
#pragma once

#include <errno.h>
#include <signal.h>
#include <string.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "support/failing_calls.hpp"
#include "support/mpr_command.hpp"

namespace mpr::test {

/// A run of mpr of which the whole output is known.
struct Scenario {
  std::string name;
  Argv words;                                     ///< of mpr
  std::string output;                             ///< of an undisturbed run
  int status = 0;                                 ///< of an undisturbed run
  std::function<void(const TempDir&)> prepare{};  ///< the directory in which it runs
  Argv again{};                                   ///< what goes on with the run after a fault; none: nothing does
  std::function<std::string(const TempDir&)> check_again{};  ///< what is wrong after that; empty: nothing
};

struct FaultedRun {
  FailingCalls::Report report;
  int exit_status = -1;
  double seconds = 0;
  std::vector<std::string> complaints;
  std::string told;  ///< all about it, for a failure
};

namespace faulted {

/// Hardly longer than a run may take, all of its calls being asked about.
inline Limit limit() {
  return std::chrono::seconds{15} * kSlowness;
}

/// Whether `part` is `whole` without some of its lines; the last may be cut off, as by a full disk.
inline bool is_part_of(const std::string& part, const std::string& whole) {
  const auto all = lines(whole);
  auto at = all.begin();
  for (const std::string& line : lines(part.substr(0, part.rfind('\n') + 1))) {
    at = std::find(at, all.end(), line);
    if (at == all.end()) return false;
    ++at;
  }
  return true;
}

inline bool tells(const std::string& err) {
  const auto said = lines(err);
  return std::any_of(said.begin(), said.end(), [](const std::string& line) { return line.starts_with("mpr: "); });
}

/// The fault was in telling.
inline bool could_not_tell(const Fault& fault, const FailingCalls::Report& report) {
  return report.whose == kMain && report.call.starts_with("write") && (fault.lasting || report.words[0] == 2);
}

inline void judge_output(const Scenario& scenario, const Fault& fault, const FaultedRun& run, const Result& result,
                         std::vector<std::string>& complaints) {
  if (result.exit_status == 0) {
    if (scenario.status != 0) complaints.emplace_back("success, where a task has failed");
    if (result.out != scenario.output) complaints.emplace_back("success, with another output");
    return;
  }
  if (!is_part_of(result.out, scenario.output)) complaints.emplace_back("wrong output");
  if (result.signal != 0) return;
  if (result.exit_status == 2 && !result.out.empty()) complaints.emplace_back("wrong use, after something was run");
  if (!tells(result.err) && !could_not_tell(fault, run.report))
    complaints.emplace_back("a failure without a word about it");
  // The dynamic linker of a task may be unable to bear it.
  if (result.exit_status == scenario.status && result.out == scenario.output) return;
  if (fault.error == EINTR && run.report.whose != kTasks) complaints.emplace_back("an interrupted call is no failure");
}

inline void judge(const Scenario& scenario, const Fault& fault, FaultedRun& run, const Result& result) {
  std::vector<std::string>& complaints = run.complaints;
  const bool killed = fault.error == 0 && run.report.reached && run.report.whose == kMain;
  if (result.signal != 0 && !(killed && result.signal == SIGKILL)) {
    complaints.push_back("ended by signal " + std::to_string(result.signal));
  }
  if (result.signal == 0) {
    const int status = result.exit_status;
    if (status != 0 && status != 1 && status != 2 && status != 125) complaints.emplace_back("undocumented exit status");
  }
  for (const char* word : {"terminate called", "internal error", "stack smashing"}) {
    if (contains(result.err, word)) complaints.emplace_back(word);
  }
  judge_output(scenario, fault, run, result, complaints);
}

inline Options options_in(const TempDir& dir) {
  Options options;
  options.directory = dir.path();
  options.limit = limit();
  return options;
}

inline void go_on(const Scenario& scenario, const TempDir& dir, FaultedRun& run) {
  try {
    const Result result = run_mpr(scenario.again, options_in(dir));
    std::ostringstream told;
    told << "\nagain: " << result;
    run.told += told.str();
    if (result.exit_status != 0) run.complaints.emplace_back("it does not go on");
    if (result.out != scenario.output) run.complaints.emplace_back("what goes on ends with another output");
  } catch (const LimitPassed& passed) {
    run.complaints.push_back(std::string("what goes on hangs: ") + passed.what());
  }
  if (!scenario.check_again) return;
  if (std::string wrong = scenario.check_again(dir); !wrong.empty()) run.complaints.push_back(std::move(wrong));
}

inline std::string text_of(const Scenario& scenario, const Fault& fault, const FailingCalls::Report& report) {
  std::ostringstream text;
  text << scenario.name << ": call " << fault.nth << " (" << report.call << " " << report.words[0] << " "
       << report.words[1] << ") of " << fault.whose << ", made by " << report.whose << ", fails with "
       << (fault.error == 0 ? "SIGKILL" : strerrorname_np(fault.error))
       << (fault.lasting ? ", and so do all after it" : "");
  return text.str();
}

}  // namespace faulted

/// Between the faulted run and what goes on with it; answers what is wrong.
using Between = std::function<std::string(const TempDir&, const Result&)>;

inline FaultedRun run_faulted(const Scenario& scenario, const Fault& fault, const Between& between = {}) {
  FaultedRun run;
  const TempDir dir;
  if (scenario.prepare) scenario.prepare(dir);
  FailingCalls calls(fault);
  Census census;
  Result result;
  try {
    result = test::run(mpr_argv(scenario.words), calls.into(census.mark(with_names(faulted::options_in(dir)))));
    run.report = calls.finish();
    std::ostringstream told;
    told << faulted::text_of(scenario, fault, run.report) << "\n" << result;
    run.told = told.str();
    run.exit_status = result.exit_status;
    run.seconds = result.seconds;
    faulted::judge(scenario, fault, run, result);
  } catch (const LimitPassed& passed) {
    run.report = calls.finish();
    run.told = faulted::text_of(scenario, fault, run.report);
    run.complaints.push_back(std::string("hangs: ") + passed.what());
  }
  for (std::string& left : census.leftovers()) run.complaints.push_back(std::move(left));
  if (between) {
    if (std::string wrong = between(dir, result); !wrong.empty()) run.complaints.push_back(std::move(wrong));
  }
  if (!scenario.again.empty()) faulted::go_on(scenario, dir, run);
  return run;
}

/// Fails the test with all that is wrong.
inline void check(const FaultedRun& run) {
  INFO(run.told);
  for (const std::string& complaint : run.complaints) FAIL_CHECK(complaint);
  if (run.complaints.empty()) SUCCEED();
}

}  // namespace mpr::test
