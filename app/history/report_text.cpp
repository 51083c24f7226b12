// A RunReport as lines for people, and as JSON for programs.
#include <fmt/format.h>

#include "history/json.hpp"
#include "history/run_report.hpp"
#include "history/words.hpp"
#include "manifest/duration.hpp"
#include "manifest/shell_quote.hpp"
#include "terminal/short_text.hpp"

namespace mpr::app {
namespace {

constexpr size_t kCommandColumns = 400;
constexpr size_t kErrorColumns = 160;

using manifest::format_duration;
using manifest::printable;

std::string command_of(const TaskLine& line) {
  return printable(manifest::shell_join(line.attempt.argv));
}

/// Whether a process ran at all, so that its time tells something.
bool has_run(const worker::Result& result) {
  return result.ending != worker::Ending::could_not_start && result.ending != worker::Ending::worker_lost;
}

std::string end_of(const TaskLine& line) {
  const worker::Result& result = line.attempt.result;
  std::string text = line.attempt.success ? "succeeded" : worker::describe(result);
  if (has_run(result)) text += " after " + format_duration(result.elapsed);
  return text;
}

std::string state_text(const store::RunRecord& run) {
  const std::string word = state_word(run.state);
  if (run.state == store::RunState::running)
    return fmt::format("{}: process {} on {}", word, run.process.pid, printable(run.host));
  if (run.state != store::RunState::interrupted) return word;
  if (run.signal != 0) return word + " by " + os::signal_name(run.signal);
  return run.ended != 0 ? word : word + ": its mpr died";
}

std::string tasks_text(const RunReport& report) {
  const store::Counts& counts = report.run.counts;
  std::string text = fmt::format("{} succeeded, {} failed", counts.succeeded, counts.failed);
  if (counts.cancelled > 0) text += fmt::format(", {} cancelled", counts.cancelled);
  if (counts.never_started > 0) text += fmt::format(", {} never started", counts.never_started);
  if (report.running > 0)
    text += fmt::format(", {} {}", report.running,
                        report.run.state == store::RunState::running ? "running" : "running when it died");
  if (counts.total) text += fmt::format(" of {}", *counts.total);
  if (counts.reused > 0) text += fmt::format("; {} of an earlier session", counts.reused);
  if (report.retries > 0) text += fmt::format("; {} tried again", report.retries);
  return text;
}

std::string workers_text(const RunReport& report) {
  std::string text = std::to_string(report.run.info.workers);
  if (const auto used = report.utilization()) text += fmt::format(", busy {:.0f}% of the time", *used * 100);
  return text;
}

std::string memory_text(int64_t kib) {
  return kib < 10 * 1024 ? fmt::format("{} KiB", kib) : fmt::format("{} MiB", kib / 1024);
}

std::string head_text(const RunReport& report) {
  std::string text;
  const auto line = [&](const char* name, const std::string& value) {
    if (!value.empty()) text += fmt::format("{:<10} {}\n", name, value);
  };
  const store::RunRecord& run = report.run;
  line("run", printable(run.info.id));
  line("title", printable(run.info.title));
  line("directory", printable(run.info.directory));
  line("started", local_time(run.started));
  if (run.sessions > 1) line("resumed", fmt::format("{} (session {})", local_time(run.session_started), run.sessions));
  line("state", state_text(run));
  if (report.wall) line("time", format_duration(*report.wall));
  line("tasks", tasks_text(report));
  line("workers", workers_text(report));
  if (report.peak_rss_kib > 0) line("memory", "at most " + memory_text(report.peak_rss_kib) + " a task");
  if (report.damaged > 0)
    line("damaged", fmt::format("{} records are left out; if resumed, their tasks run again", report.damaged));
  return text;
}

/// A job that was skipped has ended without having begun.
std::string job_time(const store::JobRecord& job) {
  if (job.started == 0 || job.ended < job.started) return "-";
  return short_duration(os::Duration(job.ended - job.started));
}

std::string jobs_text(const RunReport& report) {
  std::vector<std::vector<std::string>> rows{{"JOB", "STATE", "TASKS", "FAILED", "TIME", "WHY"}};
  for (const store::JobRecord& job : report.jobs) {
    const uint64_t done = job.counts.succeeded + job.counts.failed;
    const bool all = !job.counts.total || *job.counts.total == done;
    rows.push_back({printable(job.name), state_word(job.state),
                    all ? std::to_string(done) : fmt::format("{}/{}", done, *job.counts.total),
                    std::to_string(job.counts.failed), job_time(job),
                    job.because.empty() ? "" : "needs " + printable(job.because)});
  }
  return "\n" + aligned(rows, {2, 3, 4});
}

std::string failures_text(const RunReport& report) {
  std::string text = "\nfailures\n";
  for (const TaskLine& line : report.failures) {
    text += fmt::format("  {}: {}: {}\n", printable(line.name), end_of(line), cut(command_of(line), kCommandColumns));
    for (const std::string& error : line.errors) text += "    " + cut(error, kErrorColumns) + "\n";
  }
  if (report.run.counts.failed > report.failures.size())
    text += fmt::format("  ... and {} more\n", report.run.counts.failed - report.failures.size());
  return text;
}

std::string slowest_text(const RunReport& report) {
  std::vector<std::vector<std::string>> rows;
  for (const TaskLine& line : report.slowest) {
    rows.push_back({"  " + short_duration(line.attempt.result.elapsed), printable(line.name),
                    cut(command_of(line), kCommandColumns)});
  }
  return "\nslowest\n" + aligned(rows, {0});
}

Json task_object(const RunReport& report, const TaskLine& line) {
  Json object;
  const std::string job = job_name(report.jobs, line.attempt.job);
  object["job"] = job.empty() ? Json(nullptr) : Json(printable(job));
  object["task"] = line.attempt.result.number;
  object["command"] = command_of(line);
  object["end"] = line.attempt.success ? "succeeded" : worker::describe(line.attempt.result);
  object["seconds"] = seconds_of(line.attempt.result.elapsed);
  object["stderr"] = line.errors;
  return object;
}

Json job_object(const store::JobRecord& job) {
  Json object;
  object["job"] = printable(job.name);
  object["state"] = state_word(job.state);
  object["because"] = job.because.empty() ? Json(nullptr) : Json(printable(job.because));
  object["started"] = time_or_null(job.started);
  object["ended"] = time_or_null(job.ended);
  put_counts(object, job.counts);
  return object;
}

}  // namespace

std::string report_text(const RunReport& report) {
  std::string text = head_text(report);
  if (!report.jobs.empty()) text += jobs_text(report);
  if (!report.failures.empty()) text += failures_text(report);
  if (report.slowest.size() > 1) text += slowest_text(report);
  return text;
}

std::string report_json(const RunReport& report, store::UnixTime now) {
  Json object = run_object(report.run, now);
  object["running"] = report.running;
  object["retries"] = report.retries;
  object["damaged"] = report.damaged;
  const auto used = report.utilization();
  object["utilization"] = used ? Json(*used) : Json(nullptr);
  object["peak_rss_kib"] = report.peak_rss_kib;
  object["jobs"] = Json::array();
  for (const store::JobRecord& job : report.jobs) object["jobs"].push_back(job_object(job));
  object["failures"] = Json::array();
  for (const TaskLine& line : report.failures) object["failures"].push_back(task_object(report, line));
  object["slowest"] = Json::array();
  for (const TaskLine& line : report.slowest) object["slowest"].push_back(task_object(report, line));
  return object.dump() + "\n";
}

}  // namespace mpr::app
