// Results: what the user sees of a run. Task output and results on stdout and stderr in the format asked for, the
// progress line, messages, and the digest at the end.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "os/output_stream.hpp"
#include "report/ndjson.hpp"
#include "runner/front_end.hpp"
#include "runner/run.hpp"
#include "terminal/failure_digest.hpp"
#include "terminal/progress.hpp"
#include "terminal/result_options.hpp"
#include "terminal/tagged_lines.hpp"

namespace spdlog {
class logger;
}

namespace mpr::app {

class Results final : public runner::FrontEnd {
 public:
  /// `plan` must outlive it: it knows the commands.
  Results(const ResultOptions& options, const runner::Plan& plan);

  [[nodiscard]] bool ready() const override;
  void output(worker::TaskNumber number, const runner::Inputs& inputs, worker::Stream stream,
              std::span<const std::byte> bytes) override;
  void finished(const runner::FinishedTask& task) override;
  [[nodiscard]] bool wants_each() const override;
  void answered(worker::TaskNumber first, std::span<const std::byte> bytes) override;
  void flush() override;
  [[nodiscard]] std::vector<os::FdRef> blocked() const override;
  [[nodiscard]] bool closed() const override { return out_.closed() || err_.closed(); }
  void warn(const std::string& text) override;
  void hide_progress() override;
  void progress(const runner::Counters& counters, std::optional<uint64_t> total, os::Time now) override;
  [[nodiscard]] os::Time next_progress() const override { return progress_.next(); }

  /// After the run: the last of the progress, and the digest of what failed. Waits until all is written.
  void conclude(const runner::RunReport& report);

 private:
  [[nodiscard]] std::vector<std::string> argv(const runner::FinishedTask& task) const;
  [[nodiscard]] os::OutputStream& stream(worker::Stream which) { return which == worker::Stream::out ? out_ : err_; }
  [[nodiscard]] bool on_terminal(worker::Stream which) const { return terminals_[static_cast<size_t>(which)]; }
  void write(worker::Stream which, std::string_view text);
  void tell_of_jobs(const runner::RunReport& report);
  void write_all_out();

  const ResultOptions& options_;
  const runner::Plan& plan_;
  const bool whole_lines_;  ///< a task's last line is given its newline: another task's line may follow
  os::OutputStream out_{os::kStdout};
  os::OutputStream err_{os::kStderr};
  std::array<bool, 2> terminals_;
  Progress progress_;
  FailureDigest digest_;
  std::array<LineTagger, 2> taggers_;
  report::NdjsonWriter ndjson_;
  std::shared_ptr<spdlog::logger> log_;
  std::string scratch_;
};

}  // namespace mpr::app
