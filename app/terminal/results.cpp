#include "terminal/results.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <system_error>

#include <fmt/format.h>

#include "manifest/duration.hpp"
#include "manifest/shell_quote.hpp"
#include "os/poll_set.hpp"
#include "runner/error.hpp"
#include "terminal/log.hpp"
#include "terminal/terminal.hpp"

namespace mpr::app {
namespace {

using worker::Stream;

constexpr size_t kMuch = 16 * 1024;         // not worth a copy to be written with what comes next
constexpr size_t kMostUnsent = 256 * 1024;  // enough for large writes; what is more waits in the gatherer

template <class Write>
void or_explain(const char* name, Write write) {
  try {
    write();
  } catch (const std::system_error& error) {
    throw runner::RunError(fmt::format("cannot write to {}: {}", name, error.code().message()));
  }
}

const char* name_of(Stream which) {
  return which == Stream::out ? "standard output" : "standard error";
}

Progress make_progress(const ResultOptions& options, bool stderr_is_terminal) {
  const ProgressMode mode = options.quiet ? ProgressMode::never : options.progress;
  return {progress_style(mode, stderr_is_terminal, std::getenv("TERM")), os::Clock::now(),
          [] { return terminal_width(os::kStderr); }};
}

}  // namespace

Results::Results(const ResultOptions& options, const runner::Plan& plan)
    : options_(options),
      plan_(plan),
      whole_lines_(options.format == Format::tagged || options.ordering == runner::Ordering::by_line),
      terminals_{is_terminal(os::kStdout), is_terminal(os::kStderr)},
      progress_(make_progress(options, terminals_[1])),
      digest_([this](const runner::FinishedTask& task) {
        return FailureDigest::Task{plan_.name_of(task.result.number), argv(task)};
      }),
      log_(make_log(options.verbose, [this](std::string_view line) { write(Stream::err, line); })) {}

std::vector<std::string> Results::argv(const runner::FinishedTask& task) const {
  return plan_.command(task.inputs, task.result.number, task.slot).argv;
}

bool Results::ready() const {
  return out_.unsent() < kMostUnsent && err_.unsent() < kMostUnsent;
}

void Results::output(worker::TaskNumber number, const runner::Inputs& inputs, Stream stream,
                     std::span<const std::byte> bytes) {
  digest_.output(number, stream, bytes);
  if (stream == Stream::out && !plan_.job_of(number).shown) return;
  if (options_.format == Format::json) return ndjson_.output(stream, bytes);
  if (!whole_lines_) return write(stream, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  scratch_.clear();
  const std::string prefix = options_.format == Format::tagged ? prefix_of(plan_.job_of(number).name, inputs) : "";
  taggers_[static_cast<size_t>(stream)].append(prefix, bytes, scratch_);
  write(stream, scratch_);
}

void Results::finished(const runner::FinishedTask& task) {
  if (whole_lines_) {
    for (const Stream stream : {Stream::out, Stream::err}) {
      scratch_.clear();
      taggers_[static_cast<size_t>(stream)].end_task(scratch_);
      if (!scratch_.empty()) write(stream, scratch_);
    }
  }
  if (options_.format == Format::json) {
    scratch_.clear();
    const worker::TaskNumber number = task.result.number;
    ndjson_.finished(task, {plan_.job_of(number).name, plan_.place_of(number)}, argv(task), scratch_);
    write(Stream::out, scratch_);
  }
  if (!plan_.job_of(task.result.number).policy.allow_failure) digest_.finished(task);
  if (log_->should_log(spdlog::level::info)) {
    log_->info("task {}: {} after {} in slot {}: {}", plan_.name_of(task.result.number), worker::describe(task.result),
               manifest::format_duration(task.result.elapsed), task.slot,
               manifest::printable(manifest::shell_join(argv(task))));
  }
  if (task.result.leaked) {
    log_->debug("task {}: left processes behind, which were ended", plan_.name_of(task.result.number));
  }
}

bool Results::wants_each() const {
  return whole_lines_ || options_.format != Format::plain || log_->should_log(spdlog::level::info);
}

void Results::answered(worker::TaskNumber first, std::span<const std::byte> bytes) {
  if (!plan_.job_of(first).shown) return;
  write(Stream::out, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

void Results::write(Stream which, std::string_view text) {
  // What one stream holds was said before this: where both go to the same place, it is to be seen before it.
  os::OutputStream& other = which == Stream::out ? err_ : out_;
  if (on_terminal(which)) err_.append(progress_.hide());
  if (other.unsent() > 0) flush();
  if (text.size() < kMuch) {
    stream(which).append(text);
  } else {
    or_explain(name_of(which), [&] { stream(which).pass_on(std::as_bytes(std::span{text})); });
  }
  if (on_terminal(which)) progress_.wrote(text);
}

void Results::flush() {
  for (const Stream which : {Stream::out, Stream::err}) {
    or_explain(name_of(which), [&] { stream(which).flush(); });
  }
}

std::vector<os::FdRef> Results::blocked() const {
  std::vector<os::FdRef> blocked;
  if (out_.unsent() > 0) blocked.push_back(out_.fd());
  if (err_.unsent() > 0) blocked.push_back(err_.fd());
  return blocked;
}

void Results::warn(const std::string& text) {
  log_->warn("{}", text);
  flush();
}

void Results::progress(const runner::Counters& counters, std::optional<uint64_t> total, os::Time now) {
  const std::string shown = progress_.update(counters, total, now);
  if (shown.empty()) return;
  err_.append(shown);
  flush();
}

void Results::hide_progress() {
  const std::string shown = progress_.hide();
  if (shown.empty()) return;
  err_.append(shown);
  flush();
}

void Results::conclude(const runner::RunReport& report) {
  if (report.output_closed) return;
  err_.append(progress_.finish(report.counters, plan_.total(), os::Clock::now()));
  if (!options_.quiet) {
    err_.append(digest_.text(report.counters, plan_.total_of_open()));
    tell_of_jobs(report);
    if (report.counters.leaked > 0) {
      log_->warn("{} {} processes behind, which were ended", report.counters.leaked,
                 report.counters.leaked == 1 ? "task left" : "tasks left");
    }
  }
  if (report.signal) return flush();
  write_all_out();
}

/// Those that were not run, or not as they should have been, and why.
void Results::tell_of_jobs(const runner::RunReport& report) {
  const auto waiting = std::count_if(report.jobs.begin(), report.jobs.end(), [](const runner::JobReport& how) {
    return how.state == runner::JobState::waiting;
  });
  if (waiting > 0)
    err_.append(fmt::format("mpr: {} never began\n", waiting == 1 ? "1 job" : fmt::format("{} jobs", waiting)));
  for (size_t job = 0; job < report.jobs.size(); ++job) {
    const runner::JobReport& how = report.jobs[job];
    const std::string& name = plan_.jobs[job].name;
    if (name.empty()) continue;
    if (how.because) {
      const bool failed = report.jobs[*how.because].state == runner::JobState::failed;
      err_.append(fmt::format("mpr: job '{}' skipped: it needs job '{}', which {}\n", name,
                              plan_.jobs[*how.because].name, failed ? "failed" : "was skipped"));
    }
  }
}

void Results::write_all_out() {
  for (flush(); !blocked().empty() && !closed(); flush()) {
    os::PollSet watched;
    for (const os::FdRef fd : blocked()) watched.add(fd, os::PollSet::kWritable);
    watched.wait(os::kNever);
  }
}

}  // namespace mpr::app
