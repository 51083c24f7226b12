// What the runner's parts need around them, told by a tape and noted in the books: a source of tasks, a record of
// earlier runs, a printer.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "feed.hpp"
#include "scheduler_books.hpp"

namespace mpr::test {

/// What they all have.
struct Stage {
  Tape& tape;
  const SchedulerPlan& plan;
  SchedulerBooks& books;
};

class FakeSource final : public runner::TaskSource {
 public:
  FakeSource(Stage& stage, size_t job) : stage_(stage), job_(job), left_(stage.plan.jobs[job].tasks) {}

  [[nodiscard]] Next next(runner::Inputs& inputs) override {
    const JobStory& story = stage_.plan.jobs[job_];
    if (stage_.tape.chance(story.waiting)) return Next::wait;
    if (left_ == 0) {
      stage_.books.source_ended(job_, story.breaks);
      if (story.breaks) throw std::runtime_error("cannot be read");
      return Next::end;
    }
    --left_;
    stage_.books.added(worker::task_number(job_, ++added_));
    inputs = kInputs;
    return Next::task;
  }
  [[nodiscard]] os::FdRef wait_fd() const override { return {}; }
  [[nodiscard]] std::optional<uint64_t> total() const override { return std::nullopt; }
  [[nodiscard]] worker::Command command(const runner::Inputs&, worker::TaskNumber,
                                        std::optional<runner::Slot>) const override {
    return {};
  }

 private:
  inline static const runner::Inputs kInputs{"input"};
  Stage& stage_;
  size_t job_;
  unsigned left_;
  uint64_t added_ = 0;
};

class FakeRecord final : public runner::Recorder {
 public:
  explicit FakeRecord(Stage& stage) : stage_(stage) {}

  [[nodiscard]] std::unique_ptr<runner::KnownTask> find(worker::TaskNumber number, const worker::Command&) override {
    if (!stage_.tape.chance(stage_.plan.known)) return nullptr;
    auto known = std::make_unique<Known>();
    known->its.number = number;
    if (stage_.tape.chance(stage_.plan.known_failed)) known->its.status = os::ExitStatus::exited(1);
    stage_.books.reused(number, known->its.success());
    ++found_;
    return known;
  }
  void worker_started(runner::Slot, pid_t) override {}
  void output(worker::TaskNumber, worker::Stream, std::span<const std::byte>) override {}
  void ended(const runner::FinishedTask&, const worker::Command&, bool) override {}
  void job_changed(size_t, const runner::JobReport&) override {}
  [[nodiscard]] os::Duration most_delay() const override { return os::Duration{0}; }
  void commit(std::span<const runner::RunningAttempt>) override {}

  [[nodiscard]] unsigned found() const { return found_; }

 private:
  struct Known final : runner::KnownTask {
    worker::Result its;
    [[nodiscard]] const worker::Result& result() const override { return its; }
    [[nodiscard]] runner::Slot slot() const override { return 1; }
    void read(worker::Stream, const std::function<void(std::span<const std::byte>)>&) override {}
  };
  Stage& stage_;
  unsigned found_ = 0;
};

/// Tasks that are answered together have printed a byte each.
class FakePrinter final : public runner::Sink {
 public:
  explicit FakePrinter(Stage& stage) : stage_(stage) {}

  [[nodiscard]] bool ready() const override { return true; }
  void output(worker::TaskNumber, const runner::Inputs&, worker::Stream, std::span<const std::byte>) override {}
  void finished(const runner::FinishedTask& task) override { stage_.books.printed(task.result.number, 1); }
  [[nodiscard]] bool wants_each() const override { return stage_.plan.tells_each; }
  void answered(worker::TaskNumber first, std::span<const std::byte> bytes) override {
    // An output may come in several pieces.
    before_ = first == first_ ? before_ : 0;
    first_ = first;
    stage_.books.printed(first + before_, bytes.size());
    before_ += bytes.size();
  }

 private:
  Stage& stage_;
  worker::TaskNumber first_ = 0;
  uint64_t before_ = 0;
};

}  // namespace mpr::test
