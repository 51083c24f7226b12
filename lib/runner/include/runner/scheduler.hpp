// Scheduler: decides which task runs where and when. Pure: it starts nothing and reads no clock.
//
//   while (scheduler.wants_tasks() && source.next(inputs) == TaskSource::Next::task) scheduler.add(std::move(inputs));
//   for (const Action& action : scheduler.decide(now)) carry_out(action);
//   ... scheduler.finished(slot, result, now) as results arrive, until scheduler.done()
//
// States of a task:
//
//   add -> ready -> assigned -> finished -> final
//            ^  \      |  returned /   \ (failed, retries left)
//            |   <-----+----------      -> delayed
//            +-------------------------------/
//
// A worker is given several short tasks ahead, so that it never waits for a round trip, and one long task at a time, so
// that none waits behind another while a worker idles. What was given to a worker and not started is recalled when
// another worker idles or when the task before it takes longer than expected.
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
#include "runner/task_source.hpp"
#include "worker/task.hpp"

namespace mpr::runner {

struct Policy {
  unsigned workers = 1;
  unsigned retries = 0;         ///< further attempts of a task that failed
  os::Duration retry_delay{0};  ///< before each of them
  uint64_t max_failures = 0;    ///< failed tasks after which the run stops; 0: never
};

struct Assign {
  Slot slot;
  worker::TaskNumber number;
  uint32_t attempt;
};
struct Recall {
  Slot slot;
};
using Action = std::variant<Assign, Recall>;

struct Counters {
  uint64_t added = 0;  ///< tasks taken from the source
  uint64_t succeeded = 0;
  uint64_t failed = 0;     ///< for good, all attempts used up
  uint64_t cancelled = 0;  ///< started, and not brought to an end because the run stops
  uint64_t dropped = 0;    ///< taken from the source, and never started because the run stops
  uint64_t running = 0;    ///< workers with a task, now
  uint64_t retried = 0;    ///< attempts after a first one
  uint64_t leaked = 0;     ///< attempts that left processes behind

  [[nodiscard]] uint64_t final() const { return succeeded + failed + cancelled + dropped; }
};

class Scheduler {
 public:
  explicit Scheduler(const Policy& policy);

  /// Whether another task could be used now or soon.
  [[nodiscard]] bool wants_tasks() const;
  /// The next task of the source; answers its number.
  worker::TaskNumber add(Inputs inputs);
  /// The source has no more.
  void end_of_tasks() { more_to_come_ = false; }

  [[nodiscard]] std::vector<Action> decide(os::Time now);
  /// When decide() may have something new to say though nothing has happened.
  [[nodiscard]] os::Time next_decision() const;

  /// For how long nothing needs to be decided, even if results come in: every worker has enough to do until then.
  [[nodiscard]] os::Duration slack() const;

  enum class Verdict : uint8_t { final, retry };
  Verdict finished(Slot slot, const worker::Result& result, os::Time now);
  void returned(Slot slot, worker::TaskNumber number, os::Time now);
  /// The worker of the slot is no more. Answers the task that was running in it, if one was, which the caller reports
  /// as finished() with Ending::worker_lost; the others that it had are ready again.
  std::optional<worker::TaskNumber> worker_lost(Slot slot);

  /// Nothing more is started; the caller ends what is running.
  void stop();
  [[nodiscard]] bool stopping() const { return stopping_; }
  /// So many tasks have failed that the run should stop.
  [[nodiscard]] bool failures_reached() const {
    return policy_.max_failures != 0 && counters_.failed >= policy_.max_failures;
  }
  [[nodiscard]] bool done() const { return !more_to_come_ && tasks_.empty(); }

  [[nodiscard]] const Inputs& inputs(worker::TaskNumber number) const { return tasks_.at(number).inputs; }
  [[nodiscard]] uint32_t attempt(worker::TaskNumber number) const { return tasks_.at(number).attempt; }
  /// Forgets a task after its final verdict; answers its inputs.
  [[nodiscard]] Inputs release(worker::TaskNumber number);
  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  struct Entry {
    Inputs inputs;
    uint32_t attempt = 1;
  };
  struct Worker {
    std::deque<worker::TaskNumber> assigned;  ///< the first is running
    os::Time head_since{};                    ///< since when
    bool recalled = false;                    ///< and has not yet answered for all of them
  };

  Worker& worker(Slot slot) { return workers_[slot - 1]; }
  [[nodiscard]] size_t depth() const;
  [[nodiscard]] os::Duration patience() const;
  [[nodiscard]] bool is_slow(const Worker& worker, os::Time now) const;
  [[nodiscard]] size_t room(const Worker& worker, os::Time now) const;
  void wake_delayed(os::Time now);
  void assign_ready(os::Time now, std::vector<Action>& actions);
  void recall_for_idle(os::Time now, std::vector<Action>& actions);
  void remove_assigned(Worker& worker, worker::TaskNumber number, os::Time now);
  void drop(worker::TaskNumber number);
  void learn(os::Duration elapsed);

  Policy policy_;
  std::vector<Worker> workers_;
  std::unordered_map<worker::TaskNumber, Entry> tasks_;
  std::set<worker::TaskNumber> ready_;
  std::multimap<os::Time, worker::TaskNumber> delayed_;
  size_t held_bytes_ = 0;  ///< of the inputs in tasks_
  Counters counters_;
  os::Duration typical_{0};  ///< how long a task takes, recently; 0 while nothing is known
  bool more_to_come_ = true;
  bool stopping_ = false;
};

}  // namespace mpr::runner
