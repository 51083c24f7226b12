#include "cli/probing.hpp"

#include <memory>
#include <utility>

#include "manifest/execution.hpp"

namespace mpr::app {
namespace {

class Repeated final : public runner::TaskSource {
 public:
  Repeated(const std::vector<runner::Inputs>& rows, const manifest::TaskTemplate& tasks, os::Time until)
      : rows_(rows), tasks_(tasks), until_(until) {}

  [[nodiscard]] Next next(runner::Inputs& inputs) override {
    if (given_ >= rows_.size() && (given_ % kLook == 0 || rows_.size() < kLook) && os::Clock::now() >= until_) {
      return Next::end;
    }
    inputs = rows_[given_++ % rows_.size()];
    return Next::task;
  }
  [[nodiscard]] os::FdRef wait_fd() const override { return {}; }
  [[nodiscard]] std::optional<uint64_t> total() const override { return std::nullopt; }
  [[nodiscard]] worker::Command command(const runner::Inputs& inputs, worker::TaskNumber number,
                                        std::optional<runner::Slot> slot) const override {
    return tasks_.fill(inputs, place(number), slot);
  }
  [[nodiscard]] runner::RequestWords requests(const runner::Rows& rows, worker::TaskNumber first, runner::Slot slot,
                                              size_t process_words) const override {
    return tasks_.command.requests(rows, place(first), slot, process_words);
  }

 private:
  static constexpr size_t kLook = 16;  // the clock is not asked for each task

  const std::vector<runner::Inputs>& rows_;
  const manifest::TaskTemplate& tasks_;
  os::Time until_;
  size_t given_ = 0;
};

/// Keeps what the first tasks did, and passes over the rest.
class FirstTasks final : public runner::FrontEnd {
 public:
  explicit FirstTasks(size_t count) : tasks_(count) {}

  [[nodiscard]] bool ready() const override { return true; }
  void output(worker::TaskNumber number, const runner::Inputs&, worker::Stream stream,
              std::span<const std::byte> bytes) override {
    if (number > tasks_.size()) return;
    ProbedTask& task = tasks_[number - 1];
    (stream == worker::Stream::out ? task.out : task.err)
        .append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  void finished(const runner::FinishedTask& task) override {
    if (task.result.number > tasks_.size()) return;
    tasks_[task.result.number - 1].end = worker::describe(task.result);
    ++finished_;
  }
  [[nodiscard]] bool wants_each() const override { return finished_ < tasks_.size(); }
  void flush() override {}
  [[nodiscard]] std::vector<os::FdRef> blocked() const override { return {}; }
  [[nodiscard]] bool closed() const override { return false; }
  void progress(const runner::Counters&, std::optional<uint64_t>, os::Time) override {}
  [[nodiscard]] os::Time next_progress() const override { return os::kNever; }

  std::vector<ProbedTask> take() { return std::move(tasks_); }

 private:
  std::vector<ProbedTask> tasks_;
  size_t finished_ = 0;
};

}  // namespace

Probed probe(const Sample& sample, manifest::ExecutorChoice executor, const runner::RunOptions& options,
             os::Duration least) {
  const os::Time started = os::Clock::now();
  runner::Plan plan;
  runner::Job& job = plan.jobs.emplace_back();
  job.timeout = sample.like.timeout;
  job.kill_after = sample.like.kill_after;
  job.recycle_after = sample.like.recycle_after;
  manifest::set_execution(job, executor, sample.tasks);
  job.source = std::make_unique<Repeated>(sample.rows, sample.tasks, started + least);
  FirstTasks front_end{sample.rows.size()};
  const runner::RunReport report = runner::run(options, plan, front_end);
  const std::chrono::duration<double> took = os::Clock::now() - started;
  return {front_end.take(), static_cast<double>(report.counters.final()) / took.count(), report.signal};
}

}  // namespace mpr::app
