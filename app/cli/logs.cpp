// `mpr logs`: what tasks of a run printed.
#include <csignal>
#include <vector>

#include "cli/history.hpp"
#include "cli/history_options.hpp"
#include "cli/usage_error.hpp"
#include "history/run_report.hpp"
#include "history/task_list.hpp"
#include "manifest/shell_quote.hpp"
#include "os/io.hpp"
#include "os/signals.hpp"
#include "terminal/messages.hpp"

namespace mpr::app {
namespace {

using worker::Stream;

constexpr const char* kFooter =
    R"(Prints what each task printed, byte by byte: its stdout on stdout, its stderr on stderr, in the order of the plan. Of
a task that was tried again: its last attempt.

Examples:
  mpr logs last
  mpr logs last 7
  mpr logs 20261122T215301 square/3 --stderr
  mpr logs last --failed | less)";

struct LogsOptions {
  std::string store, run, task;
  bool failed = false, only_out = false, only_err = false;
};

/// Writes both streams so that whoever sees both sees them in order, and few bytes at a time as one.
class Printer {
 public:
  void print(Stream stream, std::span<const std::byte> bytes) {
    if (stream != stream_ || buffer_.size() + bytes.size() > kBufferBytes) flush();
    stream_ = stream;
    if (bytes.size() > kBufferBytes) return write(bytes);
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  }
  void flush() {
    write(buffer_);
    buffer_.clear();
  }

 private:
  static constexpr size_t kBufferBytes = 64UL * 1024;

  void write(std::span<const std::byte> bytes) const {
    const os::FdRef fd = stream_ == Stream::out ? os::kStdout : os::kStderr;
    if (!os::write_all(fd, bytes)) os::die_by_signal(SIGPIPE);
  }

  Stream stream_ = Stream::out;
  std::vector<std::byte> buffer_;
};

/// The task that a command line names. A run of several jobs has several tasks of one number.
store::TaskRef task_of(store::Store& store, const store::RunRecord& run, const std::string& text) {
  const std::optional<TaskName> name = parse_task_name(text);
  const std::string shown = "'" + manifest::printable(text) + "'";
  if (!name) throw UsageError(shown + " is no task", "a task is a number from 1 up, or a job's name, / and a number");
  const std::vector<store::JobRecord> jobs = store.jobs(run.key);
  if (!name->job) {
    if (jobs.size() > 1)
      throw UsageError("several jobs of run " + run.info.id + " have a task " + std::to_string(name->number),
                       "name the job too: '" + manifest::printable(jobs.front().name) + "/" + text + "'");
    return {jobs.empty() ? 0 : jobs.front().position, name->number};
  }
  for (const store::JobRecord& job : jobs) {
    if (job.name == *name->job) return {job.position, name->number};
  }
  throw UsageError("run " + run.info.id + " has no job '" + manifest::printable(*name->job) + "'",
                   "mpr show " + run.info.id + " lists its jobs");
}

/// False when something of it is no longer what the task printed.
bool print_task(store::Store& store, const ListedTask& task, const LogsOptions& options, Printer& printer) {
  const std::optional<store::AttemptRecord> attempt = store.attempt(task.key);
  if (!attempt) return false;
  bool whole = true;
  for (const Stream stream : {Stream::out, Stream::err}) {
    if (stream == Stream::out ? options.only_err : options.only_out) continue;
    whole = store.read_output(*attempt, stream, [&](std::span<const std::byte> bytes) {
      printer.print(stream, bytes);
    }) && whole;
  }
  return whole;
}

ExitCode print_logs(const LogsOptions& options) {
  store::Store store = open_history(options.store);
  const store::RunRecord run = run_named(store, options.run);
  std::optional<store::TaskRef> only;
  if (!options.task.empty()) only = task_of(store, run, options.task);
  const TaskList list = list_tasks(store, run.key, only);
  if (only && list.tasks.empty())
    throw UsageError("task '" + manifest::printable(options.task) + "' of run " + run.info.id + " has no result",
                     "mpr show " + run.info.id + " tells how far the run came");
  Printer printer;
  uint64_t torn = 0;
  for (const ListedTask& task : list.tasks) {
    if (options.failed && task.success) continue;
    if (!print_task(store, task, options, printer)) ++torn;
  }
  printer.flush();
  if (torn > 0) print_warning("the output of " + std::to_string(torn) + " tasks is damaged");
  if (list.damaged > 0) print_warning(std::to_string(list.damaged) + " damaged records are left out");
  return ExitCode::success;
}

}  // namespace

ExitCode logs_command(std::span<const std::string> words) {
  LogsOptions options;
  CLI::App app{"Prints what the tasks of a run printed.", "mpr logs"};
  define_history(app, options.store, kFooter);
  app.add_option("RUN", options.run, "Its id (see mpr runs), the beginning of it, or last")->required()->type_name("");
  app.add_option("TASK", options.task, "One task: its number, or JOB/NUMBER; without: all")->type_name("");
  app.add_flag("--failed", options.failed, "Only tasks that did not succeed");
  app.add_flag("--stdout", options.only_out, "Only what they printed on stdout");
  app.add_flag("--stderr", options.only_err, "Only what they printed on stderr");
  if (!parse_history(app, words)) return ExitCode::success;
  if (options.only_out && options.only_err) options.only_out = options.only_err = false;
  return print_logs(options);
}

}  // namespace mpr::app
