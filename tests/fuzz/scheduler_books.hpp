// SchedulerBooks: keeps books of what a scheduler does with the tasks of a run, by itself and as simply as can be, and
// throws a Complaint as soon as one of its promises is not kept:
//
//   ends        each task ends exactly once, and is tried no more often than it may, nor too early
//   order       of a job, what is first starts first; nothing starts before what waits in a job before it
//   limits      in a slot one task at a time; CPUs, memory and named supplies never more than there are
//   starvation  what could run does run; what the first that waits lacks is kept for it; nothing is slept through
//   failures    nothing starts after the last one that is allowed, nor while the run stops
//   needs       a job begins when all that it needs has succeeded, and not before
//
// Nothing in here looks into the scheduler, but for what it says of itself.
#pragma once

#include <deque>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "runner/job_board.hpp"
#include "runner/scheduler.hpp"
#include "scheduler_plan.hpp"

namespace mpr::test {

/// No std::exception, which the runner would take for a defect of the source or record that it is thrown through.
struct Complaint {
  const char* what;
};
inline void require(bool holds, const char* what) {
  if (!holds) throw Complaint{what};
}

class SchedulerBooks {
 public:
  explicit SchedulerBooks(const SchedulerPlan& plan);

  void opened(size_t job);
  void added(worker::TaskNumber number);
  /// The task was added, and is on record.
  void reused(worker::TaskNumber number, bool success);
  /// Whether that was an error.
  void source_ended(size_t job, bool broken);

  void deciding(os::Time now);
  void assigned(const runner::Assign& assign, const runner::Holding& holding);
  void recalled(runner::Slot slot);
  void decided(const runner::Scheduler& scheduler);

  void answered(runner::Slot slot, worker::TaskNumber first, uint32_t count, os::Time now);
  void vacated(runner::Slot slot, const worker::Result& result, os::Time now);
  void concluded(const worker::Result& result, bool retry, os::Time now);
  void returned(runner::Slot slot, worker::TaskNumber first, uint32_t count, os::Time now);
  void lost(runner::Slot slot, std::optional<worker::TaskNumber> running);
  void stopped();

  /// To be called in the order in which it is printed.
  void printed(worker::TaskNumber first, uint64_t count);
  /// Nothing more happens.
  void closed(const runner::Scheduler& scheduler, const std::vector<runner::JobReport>& reports);

  [[nodiscard]] uint32_t attempts(worker::TaskNumber number) const { return at(number).attempts; }
  [[nodiscard]] size_t busy() const { return busy_; }

 private:
  enum class State : uint8_t { ready, assigned, vacated, delayed, ended, dropped };
  struct Task {
    State state = State::ready;
    uint8_t slot = 0;
    uint32_t attempts = 0;
  };
  struct Job {
    std::deque<Task> tasks;  ///< by place, from 1
    uint64_t ready = 0;
    uint64_t first_ready = 1;  ///< none that is ready has a smaller place
    uint64_t open = 0;         ///< tasks that have not ended
    uint64_t printed = 0;
    runner::Counters counters;
    bool opened = false;
    bool read = false;  ///< its source, to the end
    bool broken = false;
  };
  struct Span {
    worker::TaskNumber first;
    uint32_t count;
    bool recalled = false;
  };
  struct Held {  ///< by a slot's task, beyond the slot
    unsigned cpus = 0;
    runner::Holding holding;
  };
  struct SlotBook {
    std::deque<Span> spans;
    os::Time since{};  ///< that its first is first
    Held held;
    bool borrowed = false;

    [[nodiscard]] bool idle() const { return spans.empty() && !borrowed; }
  };
  struct Free {
    size_t idle = 0;
    uint64_t memory = 0;
    std::vector<unsigned> named;
  };

  [[nodiscard]] const runner::Needs& needs_of(size_t job) const { return plan_.policy.jobs[job].needs; }
  [[nodiscard]] Task& at(worker::TaskNumber number) {
    return jobs_[worker::job_of(number)].tasks[worker::place_of(number) - 1];
  }
  [[nodiscard]] const Task& at(worker::TaskNumber number) const {
    return jobs_[worker::job_of(number)].tasks[worker::place_of(number) - 1];
  }
  void make_ready(worker::TaskNumber number);
  void end(worker::TaskNumber number, uint64_t runner::Counters::*how);
  void drop(worker::TaskNumber number);
  void come_back(worker::TaskNumber number);
  [[nodiscard]] uint64_t first_ready(Job& job);
  void check_order(size_t job);
  void check_slot(const runner::Assign& assign);
  void take(const runner::Assign& assign, const runner::Holding& holding);
  void take_units(const runner::Holding& holding, const runner::Needs& needs);
  void give_back(SlotBook& slot);
  void remove(SlotBook& slot, uint32_t count, os::Time now);
  void vacate(SlotBook& slot);
  void remember_what_is_kept(size_t job);
  void check_kept() const;
  void check_idle() const;
  void check_recalls() const;
  void check_wake_up(const runner::Scheduler& scheduler) const;
  void check_what_is_said(const runner::Scheduler& scheduler) const;
  void check_counters(size_t job, const runner::Counters& counters) const;
  [[nodiscard]] std::optional<size_t> first_that_waits() const;
  [[nodiscard]] bool lacks_workers(size_t job) const { return needs_of(job).cpus > free_.idle; }
  [[nodiscard]] bool fits(const runner::Needs& needs, const Free& free) const;
  [[nodiscard]] runner::JobState end_of(size_t job, const std::vector<runner::JobReport>& reports) const;
  [[nodiscard]] os::Duration longest_patience() const;

  const SchedulerPlan& plan_;
  std::vector<Job> jobs_;
  std::vector<SlotBook> slots_;
  std::set<std::pair<os::Time, worker::TaskNumber>> delayed_;  ///< when they are due
  Free free_;
  std::vector<std::vector<bool>> taken_;  ///< units of each supply
  os::Time now_{};
  size_t busy_ = 0;
  uint64_t failed_ = 0;
  os::Duration longest_{0};  ///< that anything took
  bool stopped_ = false;
  /// While it is decided: the first job whose tasks need more than a worker and wait, and what was free when it had its
  /// turn.
  std::optional<size_t> waiting_;
  Free kept_;
};

}  // namespace mpr::test
