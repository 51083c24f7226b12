// Scheduler: decides which task runs where and when. Pure: it starts nothing and reads no clock.
//
//   while (scheduler.wants_tasks(job) && source.next(inputs) == TaskSource::Next::task) scheduler.add(inputs, job);
//   for (const Action& action : scheduler.decide(now)) carry_out(action);
//   ... as results arrive, scheduler.vacated(slot, result, now), and then, once it is to count,
//       scheduler.concluded(result, now), until scheduler.done()
//
// States of a task:
//
//   add -> ready -> assigned -> vacated -> concluded: final
//            ^  \      |  returned /         \ (failed, retries left)
//            |   <-----+----------            -> delayed
//            +---------------------------------/
//
// A worker is given several short tasks ahead, so that it never waits for a round trip, and one long task at a time, so
// that none waits behind another while a worker idles. What was given to a worker and not started is recalled when
// another worker idles or when the task before it takes longer than expected.
//
// Tasks of a job whose processes stay are put together in units, so large that one takes a worker some milliseconds. A
// unit is assigned, recalled and returned as a whole; its tasks are answered in their order, and whatever is to be said
// of a task alone makes it a unit of its own.
//
// Tasks start in the order of their numbers, which is that of the plan. A task that needs more than a worker (several
// CPUs, memory, named supplies) starts when all of it is free, on an idle worker, and borrows idle workers for its
// further CPUs. While it waits, what it lacks is kept for it, so that it cannot starve; what it does not lack goes to
// those behind it.
//
// Threads: none. Memory: only tasks that are not final are held, and no more than workers can use soon.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <variant>
#include <vector>

#include "os/clock.hpp"
#include "runner/counters.hpp"
#include "runner/policy.hpp"
#include "runner/stock.hpp"
#include "runner/task_source.hpp"
#include "runner/task_table.hpp"
#include "runner/typical_time.hpp"
#include "worker/pace.hpp"
#include "worker/task.hpp"

namespace mpr::runner {

struct Assign {
  Slot slot;
  worker::TaskNumber number;  ///< of the unit's first task
  uint32_t count;
  uint32_t attempt;
};
struct Recall {
  Slot slot;
};
using Action = std::variant<Assign, Recall>;

/// What a running task has beyond its worker.
struct Holding {
  std::vector<Slot> borrowed;  ///< workers that idle for it
  Stock::Taken taken;
};

class Scheduler {
 public:
  explicit Scheduler(const Policy& policy);

  /// Whether another task of the job could be used now or soon.
  [[nodiscard]] bool wants_tasks(size_t job = 0) const;
  /// The number that the next task of the job will have.
  [[nodiscard]] worker::TaskNumber next_number(size_t job = 0) const;
  /// The next task of the job; answers its number.
  worker::TaskNumber add(const Inputs& inputs, size_t job = 0);
  /// The next task of the job is final already: it need not run.
  worker::TaskNumber reuse(bool success, size_t job = 0);
  /// The job has no more.
  void end_of_tasks(size_t job = 0);

  [[nodiscard]] std::vector<Action> decide(os::Time now);
  /// When decide() may have something new to say though nothing has happened.
  [[nodiscard]] os::Time next_decision() const;

  /// For how long nothing needs to be decided, even if results come in: every worker has enough to do until then.
  [[nodiscard]] os::Duration slack() const;

  /// So many of the slot's tasks, the next of which is `first`, have succeeded. They are final.
  void answered(Slot slot, worker::TaskNumber first, uint32_t count, os::Duration elapsed, os::Time now);
  /// The attempt is over, and its worker free for the next.
  void vacated(Slot slot, const worker::Result& result, os::Time now);
  /// Whether it would be tried again in a run that goes on.
  [[nodiscard]] bool has_attempts_left(const worker::Result& result) const;
  /// Whether concluded() would have it tried again.
  [[nodiscard]] bool is_retried(const worker::Result& result) const;
  enum class Verdict : uint8_t { final, retry };
  /// What comes of it counts from now on.
  Verdict concluded(const worker::Result& result, os::Time now);
  /// The tasks from this number on, to the end of their unit, have not been begun.
  void returned(Slot slot, worker::TaskNumber first, os::Time now);
  /// Its worker could not begin the task, which is the first that it has.
  void not_begun(Slot slot, worker::TaskNumber number, os::Time now);
  /// The worker of the slot is no more. Answers the task that was running in it, if one was, which the caller reports
  /// as vacated() and concluded() with Ending::worker_lost; the others that it had are ready again.
  std::optional<worker::TaskNumber> worker_lost(Slot slot);
  /// The slot, which has no tasks, cannot have a worker now: it is given none until it is reopened. It may still idle
  /// for a task of another.
  void close(Slot slot) { worker(slot).closed = true; }
  void reopen(Slot slot) { worker(slot).closed = false; }

  /// Nothing more is started; the caller ends what is running.
  void stop();
  [[nodiscard]] bool stopping() const { return stopping_; }
  /// Any failure may be the one that stops the run.
  [[nodiscard]] bool counts_failures() const { return policy_.max_failures != 0; }
  /// So many tasks have failed that the run should stop.
  [[nodiscard]] bool failures_reached() const { return counts_failures() && counters_.failed >= policy_.max_failures; }
  [[nodiscard]] bool done() const { return open_jobs_ == 0 && tasks_.empty(); }
  /// All tasks of the job are final.
  [[nodiscard]] bool done(size_t job) const;

  [[nodiscard]] Inputs inputs(worker::TaskNumber number) const { return tasks_.inputs(number); }
  /// Of a unit.
  [[nodiscard]] const Rows& rows(worker::TaskNumber first) const { return tasks_.unit(first).rows; }
  [[nodiscard]] uint32_t attempt(worker::TaskNumber number) const { return tasks_.attempt(number); }
  /// Of a task that is assigned.
  [[nodiscard]] Holding holding(worker::TaskNumber number) const;
  /// The slots are 1 to this.
  [[nodiscard]] Slot workers() const { return static_cast<Slot>(workers_.size()); }
  /// The task that runs in the slot, and since when.
  struct Running {
    worker::TaskNumber number;
    os::Time since;
  };
  [[nodiscard]] std::optional<Running> running(Slot slot) const;
  /// Forgets a task after its final verdict; answers its inputs.
  [[nodiscard]] Inputs release(worker::TaskNumber number);
  [[nodiscard]] const Counters& counters() const { return counters_; }
  [[nodiscard]] const Counters& counters(size_t job) const { return jobs_[job].counters; }

 private:
  // So long that a unit's way there and back costs little beside it.
  static constexpr std::chrono::milliseconds kUnitTime{2};
  static constexpr uint32_t kMostUnitTasks = 8192;

  struct Job {
    Counters counters;
    uint64_t live = 0;  ///< its tasks in tasks_
    size_t ready = 0;   ///< units in ready_
    bool more_to_come = true;
    std::optional<worker::TaskNumber> growing;     ///< a ready unit that takes more tasks
    worker::Pace unit{kUnitTime, kMostUnitTasks};  ///< how many tasks are put together
  };
  struct Worker {
    std::deque<worker::TaskNumber> assigned;  ///< units; the first is running
    os::Time head_since{};                    ///< since when
    bool recalled = false;                    ///< and has not yet answered for all of them
    bool borrowed = false;                    ///< idles for a task of another worker
    bool closed = false;                      ///< there is none now

    [[nodiscard]] bool idle() const { return assigned.empty() && !borrowed; }
    [[nodiscard]] bool free() const { return idle() && !closed; }
  };

  Worker& worker(Slot slot) { return workers_[slot - 1]; }
  [[nodiscard]] Slot slot_of(const Worker& worker) const { return static_cast<Slot>(&worker - workers_.data()) + 1; }
  [[nodiscard]] worker::TaskNumber first_ready(size_t job) const {
    return *ready_.lower_bound(worker::task_number(job, 0));
  }
  [[nodiscard]] const JobPolicy& policy_of(worker::TaskNumber number) const {
    return policy_.jobs[worker::job_of(number)];
  }
  void count(worker::TaskNumber number, uint64_t Counters::*what, uint64_t times = 1) {
    count_for(worker::job_of(number), what, times);
  }
  void count_for(size_t job, uint64_t Counters::*what, uint64_t times = 1);
  void make_ready(worker::TaskNumber number);
  void make_ready_again(worker::TaskNumber first);
  void make_unit_of(Worker& worker, worker::TaskNumber number);
  void remove_assigned(Worker& worker, worker::TaskNumber number, os::Time now);
  void drop_answered(Worker& worker, worker::TaskNumber first, uint32_t count, os::Time now);
  void give_back_holding(worker::TaskNumber number);
  void drop(worker::TaskNumber first);

  // What is handed out, and called back: scheduler_decide.cpp.
  void wake_delayed(os::Time now);
  void assign_ready(os::Time now, std::vector<Action>& actions);
  bool assign_plain(size_t job, Reserve& reserve, os::Time now, std::vector<Action>& actions);
  void assign_special(size_t job, Reserve& reserve, os::Time now, std::vector<Action>& actions);
  void start(Worker& worker, worker::TaskNumber number, os::Time now, std::vector<Action>& actions);
  void borrow_workers(worker::TaskNumber number, unsigned count);
  void recall_for_idle(os::Time now, std::vector<Action>& actions);
  [[nodiscard]] bool puts_together(size_t job) const;
  [[nodiscard]] size_t depth(size_t job) const;
  [[nodiscard]] size_t room(const Worker& worker, size_t job, os::Time now) const;
  [[nodiscard]] bool takes_ahead(const Worker& worker) const;
  [[nodiscard]] bool can_give_back(const Worker& worker, os::Time now) const;
  [[nodiscard]] bool is_in_the_way(const Worker& worker) const;
  [[nodiscard]] bool is_slow(const Worker& worker, os::Time now) const;
  [[nodiscard]] size_t idle_workers() const;
  [[nodiscard]] bool any_free() const;

  Policy policy_;
  std::vector<Worker> workers_;
  std::vector<Job> jobs_;
  Stock stock_;
  TaskTable tasks_;
  std::set<worker::TaskNumber> ready_;  ///< units
  std::multimap<os::Time, worker::TaskNumber> delayed_;
  std::unordered_map<worker::TaskNumber, Holding> holdings_;
  Counters counters_;
  TypicalTime typical_;
  size_t open_jobs_;  ///< of which there are more tasks to come
  bool stopping_ = false;
  std::optional<size_t> waits_for_workers_;  ///< the first job with a task that needs more idle workers than there are
};

}  // namespace mpr::runner
