#include "history/run_report.hpp"

#include <algorithm>
#include <tuple>

#include "history/words.hpp"
#include "terminal/short_text.hpp"

namespace mpr::app {
namespace {

constexpr size_t kFailures = 5;
constexpr size_t kSlowest = 5;
constexpr size_t kErrorLines = 3;
constexpr size_t kTailBytes = 4096;

/// What is kept of each task until it is known which ones are told of.
struct Task {
  store::TaskRef task;
  store::AttemptKey key;
  os::Duration elapsed;
  bool success;
  bool cancelled;

  [[nodiscard]] bool failed() const { return !success && !cancelled; }
};

class Reader {
 public:
  Reader(store::Store& store, RunReport& report) : store_(store), report_(report) {}

  void read() {
    report_.damaged = store_.each_attempt(report_.run.key, [this](store::AttemptRecord& attempt) { add(attempt); });
    keep_last_results();
    count();
    describe_failures();
    describe_slowest();
  }

  /// When the last attempt ended.
  [[nodiscard]] store::UnixTime last_end() const { return last_end_; }

 private:
  void add(const store::AttemptRecord& attempt) {
    if (attempt.running) {
      ++report_.running;
      return;
    }
    const worker::Result& result = attempt.result;
    if (attempt.started >= report_.run.session_started) report_.busy += result.elapsed;
    last_end_ = std::max(last_end_, attempt.started + result.elapsed.count());
    report_.peak_rss_kib = std::max(report_.peak_rss_kib, result.usage.max_rss_kib);
    if (attempt.final)
      tasks_.push_back(
          {attempt.task(), attempt.key, result.elapsed, attempt.success, result.ending == worker::Ending::cancelled});
    else
      ++report_.retries;
  }

  /// In the order of the plan, each task once: a task that was run again in a later session has several results.
  void keep_last_results() {
    std::sort(tasks_.begin(), tasks_.end(),
              [](const Task& a, const Task& b) { return std::tie(a.task, b.key) < std::tie(b.task, a.key); });
    const auto same = [](const Task& a, const Task& b) { return a.task == b.task; };
    tasks_.erase(std::unique(tasks_.begin(), tasks_.end(), same), tasks_.end());
  }

  /// A run that ended has counted itself.
  void count() {
    if (report_.run.ended != 0) return;
    store::Counts& counts = report_.run.counts;
    counts.succeeded = counts.failed = counts.cancelled = 0;
    for (const Task& task : tasks_)
      ++(task.success ? counts.succeeded : task.failed() ? counts.failed : counts.cancelled);
  }

  void describe_failures() {
    for (const Task& task : tasks_) {
      if (report_.failures.size() == kFailures) return;
      if (!task.failed()) continue;
      std::optional<TaskLine> line = line_of(task);
      if (!line) continue;
      line->errors = last_errors(line->attempt);
      report_.failures.push_back(std::move(*line));
    }
  }

  void describe_slowest() {
    const auto end = tasks_.begin() + static_cast<ptrdiff_t>(std::min(kSlowest, tasks_.size()));
    std::partial_sort(tasks_.begin(), end, tasks_.end(),
                      [](const Task& a, const Task& b) { return a.elapsed > b.elapsed; });
    for (auto task = tasks_.begin(); task != end; ++task) {
      if (std::optional<TaskLine> line = line_of(*task)) report_.slowest.push_back(std::move(*line));
    }
  }

  [[nodiscard]] std::optional<TaskLine> line_of(const Task& task) {
    std::optional<store::AttemptRecord> attempt = store_.attempt(task.key);
    if (!attempt) return std::nullopt;
    const std::string number = std::to_string(task.task.number);
    const std::string job = job_name(report_.jobs, task.task.job);
    return TaskLine{std::move(*attempt), job.empty() ? "task " + number : job + "/" + number, {}};
  }

  [[nodiscard]] std::vector<std::string> last_errors(const store::AttemptRecord& attempt) {
    std::string tail;
    // Of a file that is damaged, what can be read is better than nothing.
    (void)store_.read_output(attempt, worker::Stream::err, [&](std::span<const std::byte> bytes) {
      tail.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      if (tail.size() > kTailBytes) tail.erase(0, tail.size() - kTailBytes);
    });
    return last_lines(tail, kErrorLines);
  }

  store::Store& store_;
  RunReport& report_;
  std::vector<Task> tasks_;
  store::UnixTime last_end_ = 0;
};

}  // namespace

std::optional<double> RunReport::utilization() const {
  if (!wall || wall->count() <= 0 || run.info.workers == 0) return std::nullopt;
  return std::min(1.0, static_cast<double>(busy.count()) / static_cast<double>(wall->count()) / run.info.workers);
}

RunReport report_of(store::Store& store, const store::RunRecord& run, store::UnixTime now) {
  RunReport report;
  report.run = run;
  report.jobs = store.jobs(run.key);
  // The one job of `mpr map`: there is nothing to tell of it that is not told of the run.
  if (report.jobs.size() == 1 && report.jobs.front().name.empty()) report.jobs.clear();
  Reader reader(store, report);
  reader.read();
  const store::UnixTime end = run.state == store::RunState::running ? now
                              : run.ended != 0                      ? run.ended
                                                                    : reader.last_end();
  if (end > run.session_started) report.wall = os::Duration(end - run.session_started);
  return report;
}

std::string job_name(const std::vector<store::JobRecord>& jobs, uint32_t position) {
  for (const store::JobRecord& job : jobs) {
    if (job.position == position) return job.name;
  }
  return "";
}

}  // namespace mpr::app
