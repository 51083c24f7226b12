// What a run needs around it: tasks from a list, and a front end that remembers what it is given.
#pragma once

#include <sys/resource.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "os/error.hpp"
#include "os/pipe.hpp"
#include "os/temporary_file.hpp"
#include "runner/error.hpp"
#include "runner/run.hpp"
#include "support/process_support.hpp"

namespace mpr::test {

/// `sh -c SCRIPT sh INPUT` for each input.
class ListedTasks final : public runner::TaskSource {
 public:
  ListedTasks(std::string script, std::vector<std::string> inputs)
      : script_(std::move(script)), inputs_(std::move(inputs)) {}

  Next next(runner::Inputs& inputs) override {
    ++asked;
    if (gate && given == waits_before) {
      char byte = 0;
      const os::IoResult got = os::read_some(*gate, std::as_writable_bytes(std::span{&byte, 1}));
      if (got.state == os::IoState::would_block) return Next::wait;
      gate.reset();
    }
    if (given == breaks_after) throw std::runtime_error("the inputs are broken");
    if (given == inputs_.size()) return Next::end;
    inputs = {inputs_[given++]};
    return Next::task;
  }
  [[nodiscard]] os::FdRef wait_fd() const override { return *gate; }
  [[nodiscard]] std::optional<uint64_t> total() const override { return inputs_.size(); }
  [[nodiscard]] worker::Command command(const runner::Inputs& inputs, worker::TaskNumber,
                                        std::optional<runner::Slot>) const override {
    worker::Command command;
    command.argv = {"sh", "-c", script_, "sh", inputs[0]};
    return command;
  }

  size_t given = 0;
  size_t asked = 0;
  size_t breaks_after = SIZE_MAX;
  std::optional<os::FdRef> gate;  ///< non-blocking; until it is readable, no more than `waits_before` are given
  size_t waits_before = 0;

 private:
  std::string script_;
  std::vector<std::string> inputs_;
};

/// Takes so much at a time, like a buffer of a program's output that is written out by flush().
class RecordingFrontEnd final : public runner::FrontEnd {
 public:
  [[nodiscard]] bool ready() const override { return buffered_ < buffer_bytes; }
  void output(worker::TaskNumber, const runner::Inputs&, worker::Stream stream,
              std::span<const std::byte> bytes) override {
    (stream == worker::Stream::out ? out : err).append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    buffered_ += bytes.size();
    if (on_output) on_output();
  }
  void finished(const runner::FinishedTask& task) override {
    order.push_back(task.result.number);
    results[task.result.number] = task.result;
    if (on_finished) on_finished();
  }
  void flush() override { buffered_ = 0; }
  void warn(const std::string& text) override { warnings.push_back(text); }
  [[nodiscard]] std::vector<os::FdRef> blocked() const override { return {}; }
  [[nodiscard]] bool closed() const override { return order.size() >= closes_after; }
  void progress(const runner::Counters& counters, std::optional<uint64_t>, os::Time) override {
    most_held = std::max(most_held, counters.added - counters.final());
  }
  [[nodiscard]] os::Time next_progress() const override { return os::kNever; }

  size_t buffer_bytes = SIZE_MAX;
  size_t closes_after = SIZE_MAX;
  std::function<void()> on_output;
  std::function<void()> on_finished;
  std::string out;
  std::string err;
  std::vector<std::string> warnings;
  std::vector<worker::TaskNumber> order;
  std::map<worker::TaskNumber, worker::Result> results;
  uint64_t most_held = 0;

 private:
  size_t buffered_ = 0;
};

/// A source that outlives the plan, to be looked at after the run.
class Borrowed final : public runner::TaskSource {
 public:
  explicit Borrowed(runner::TaskSource& source) : source_(source) {}

  Next next(runner::Inputs& inputs) override { return source_.next(inputs); }
  [[nodiscard]] os::FdRef wait_fd() const override { return source_.wait_fd(); }
  [[nodiscard]] std::optional<uint64_t> total() const override { return source_.total(); }
  [[nodiscard]] worker::Command command(const runner::Inputs& inputs, worker::TaskNumber number,
                                        std::optional<runner::Slot> slot) const override {
    return source_.command(inputs, number, slot);
  }

 private:
  runner::TaskSource& source_;
};

/// For a run of one job.
struct OneJobOptions : runner::RunOptions {
  runner::JobPolicy policy;
  os::Duration kill_after{std::chrono::seconds(5)};
};

inline runner::RunReport run(const OneJobOptions& options, runner::TaskSource& source, runner::FrontEnd& front_end) {
  runner::Plan plan = runner::plan_of(std::make_unique<Borrowed>(source));
  plan.jobs.front().policy = options.policy;
  plan.jobs.front().kill_after = options.kill_after;
  return runner::run(options, plan, front_end);
}

inline OneJobOptions run_options(unsigned workers) {
  OneJobOptions options;
  options.pool.workers = workers;
  options.pool.worker.run_id = "test-run";
  options.pool.worker.signals = os::SignalState::current();
  os::check(::getrlimit(RLIMIT_NOFILE, &options.pool.worker.open_files), "getrlimit");
  options.spill_directory = os::temporary_directory();
  return options;
}

inline std::vector<std::string> numbers(unsigned last) {
  std::vector<std::string> all;
  for (unsigned number = 1; number <= last; ++number) all.push_back(std::to_string(number));
  return all;
}

inline std::string lines_of(unsigned last) {
  std::string all;
  for (const std::string& number : numbers(last)) all += number + "\n";
  return all;
}

}  // namespace mpr::test
