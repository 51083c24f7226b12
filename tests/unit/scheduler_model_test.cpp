// Scheduler against a model of everything around it: workers with queues that are read late, that finish, fail, time
// out, give back and die at any moment; a source that ends or does not; runs that are stopped.
#include <map>
#include <random>

#include <catch2/catch.hpp>

#include "runner/scheduler.hpp"

using namespace mpr;
using namespace mpr::runner;
using namespace std::chrono_literals;
using worker::Ending;
using worker::TaskNumber;

namespace {

enum class Order { recall, cancel };
/// Tasks that follow one another: a unit, or a part of one.
struct Tasks {
  TaskNumber first;
  uint32_t count;
};
using Down = std::variant<Tasks, Order>;
struct Back {
  Tasks tasks;
};
struct Answered {
  Tasks tasks;
  os::Duration elapsed;
};
using Up = std::variant<worker::Result, Answered, Back>;

struct FakeWorker {
  std::deque<Down> down;
  std::deque<Up> up;
  std::deque<Tasks> backlog;
  std::optional<TaskNumber> running;
  uint32_t behind = 0;  ///< tasks of the unit of the one that runs
  bool cancelled = false;
  bool dead = false;
  size_t assigned = 0;  ///< tasks, by the parent's books
};

/// What the model knows of a task.
struct Known {
  std::optional<Slot> slot;  ///< where it was assigned
  uint32_t attempts = 0;
  os::Time not_before{};
  bool ended = false;
};

class Model {
 public:
  explicit Model(unsigned seed)
      : random_(seed), policy_(random_policy()), scheduler_(policy_), workers_(policy_.workers) {
    source_left_ = below(200);
    typical_ = os::Duration{1000 << below(20)};  // 1 us to 0.5 s
    failing_ = below(40);
    dying_ = below(3) == 0 ? 2 : 0;
    stopping_ = below(4) == 0 ? 1 : 0;
    if (policy_.jobs[0].puts_together) source_left_ = below(typical_ < 20us ? 20'000 : 1000);
  }

  void run() {
    for (int step = 0; step < 200'000 && !scheduler_.done(); ++step) {
      parent_turn();
      something_happens();
    }
  }

  /// What was promised and not kept; empty when all is well.
  std::string complaint;
  uint32_t largest_unit = 0;

  [[nodiscard]] const Scheduler& scheduler() const { return scheduler_; }
  [[nodiscard]] uint64_t tried() const {
    uint64_t count = 0;
    for (const auto& [number, task] : tasks_) count += task.attempts > 0;
    return count;
  }

 private:
  unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }

  Policy random_policy() {
    Policy policy;
    policy.workers = 1 + below(5);
    policy.jobs[0].retry.count = below(3);
    policy.jobs[0].retry.delay = below(2) * std::chrono::milliseconds(below(100));
    policy.jobs[0].puts_together = below(2) == 0;
    policy.max_failures = below(4) == 0 ? 1 + below(5) : 0;
    return policy;
  }

  void require(bool condition, const char* what) {
    if (!condition && complaint.empty()) complaint = what;
  }

  void parent_turn() {
    for (int added = 0; scheduler_.wants_tasks(); ++added) {
      require(added < (policy_.jobs[0].puts_together ? 5 * 3 * 8192 : 5 * 65 * 2), "the source is read without bound");
      if (source_left_ == 0) {
        scheduler_.end_of_tasks();
      } else {
        --source_left_;
        tasks_[scheduler_.add({"input"})];
      }
    }
    for (const Action& action : scheduler_.decide(now_)) std::visit([&](const auto& what) { carry_out(what); }, action);
    size_t busy = 0;
    for (const FakeWorker& worker : workers_) busy += worker.assigned > 0;
    require(scheduler_.counters().running == busy, "running is not the number of workers with a task");
  }

  void carry_out(const Assign& assign) {
    require(assign.slot >= 1 && assign.slot <= workers_.size(), "there is no such slot");
    require(!scheduler_.stopping(), "a task is assigned while the run stops");
    require(assign.count == 1 || (policy_.jobs[0].puts_together && policy_.max_failures == 0),
            "tasks are put together that should not be");
    for (TaskNumber number = assign.number; number < assign.number + assign.count; ++number) {
      Known& task = tasks_.at(number);
      require(!task.slot, "a task is assigned twice");
      require(!task.ended, "a task that has ended is assigned");
      require(assign.attempt == task.attempts + 1, "a wrong attempt");
      require(now_ >= task.not_before, "a task is tried again too early");
      task.slot = assign.slot;
    }
    FakeWorker& worker = workers_[assign.slot - 1];
    worker.dead = false;  // as the pool does, a worker is started where there is none
    worker.down.push_back(Tasks{assign.number, assign.count});
    worker.assigned += assign.count;
    largest_unit = std::max(largest_unit, assign.count);
    require(worker.assigned <= (policy_.jobs[0].puts_together ? 3 * 8192 : 65), "too much is given ahead");
  }
  void carry_out(const Recall& recall) {
    require(workers_[recall.slot - 1].assigned >= 2, "a recall where nothing can be recalled");
    workers_[recall.slot - 1].down.emplace_back(Order::recall);
  }

  void something_happens() {
    bool anything = false;
    const auto first = below(static_cast<unsigned>(workers_.size()));
    for (size_t i = 0; i < workers_.size(); ++i) {
      const auto slot = static_cast<Slot>((first + i) % workers_.size() + 1);
      FakeWorker& worker = workers_[slot - 1];
      const bool has = !worker.down.empty() || !worker.up.empty() || !worker.backlog.empty() || worker.running;
      if (!has || (anything && below(2) == 0)) continue;
      anything = true;
      if (below(1000) < dying_)
        die(slot);
      else
        act(slot);
    }
    if (below(1000) < stopping_) stop();
    if (!anything) wait();
    now_ += os::Duration{below(1000)};
  }

  /// Nothing is on its way: only time can help.
  void wait() {
    const os::Time next = scheduler_.next_decision();
    if (scheduler_.done() || scheduler_.wants_tasks()) return;
    require(next != os::kNever, "the run hangs");
    if (next != os::kNever) now_ = std::max(now_, next);
  }

  void act(Slot slot) {
    FakeWorker& worker = workers_[slot - 1];
    switch (below(3)) {
      case 0:
        return read_down(worker);
      case 1:
        return work(worker);
      default:
        if (worker.up.empty()) return;
        const Up up = worker.up.front();
        worker.up.pop_front();
        std::visit([&](const auto& what) { take(slot, what); }, up);
    }
  }

  static void read_down(FakeWorker& worker) {
    if (worker.down.empty()) return;
    const Down down = worker.down.front();
    worker.down.pop_front();
    if (const auto* unit = std::get_if<Tasks>(&down)) return worker.backlog.push_back(*unit);
    for (const Tasks& unit : worker.backlog) worker.up.emplace_back(Back{unit});
    worker.backlog.clear();
    if (worker.running && worker.behind > 0) {
      worker.up.emplace_back(Back{{*worker.running + 1, worker.behind}});
      worker.behind = 0;
    }
    worker.cancelled = worker.cancelled || (std::get<Order>(down) == Order::cancel && worker.running);
  }

  void work(FakeWorker& worker) {
    if (!worker.running) {
      if (worker.backlog.empty()) return;
      worker.running = worker.backlog.front().first;
      worker.behind = worker.backlog.front().count - 1;
      worker.backlog.pop_front();
      worker.cancelled = false;
      return;
    }
    if (policy_.jobs[0].puts_together && !worker.cancelled && below(3) > 0) return answer_some(worker);
    worker::Result result;
    result.number = *worker.running;
    result.attempt = tasks_.at(result.number).attempts + 1;
    result.elapsed = typical_ * (1 + below(below(20) == 0 ? 100 : 3));
    now_ += result.elapsed / static_cast<int>(workers_.size());
    if (worker.cancelled)
      result.ending = Ending::cancelled;
    else if (below(100) < failing_)
      result.ending = below(2) ? Ending::timed_out : Ending::could_not_start;
    worker.up.emplace_back(result);
    go_on(worker);
  }

  void answer_some(FakeWorker& worker) {
    const Tasks tasks{*worker.running, 1 + below(worker.behind + 1)};
    const os::Duration elapsed = tasks.count * typical_;
    now_ += elapsed / static_cast<int>(workers_.size());
    auto* before = worker.up.empty() ? nullptr : std::get_if<Answered>(&worker.up.back());
    if (before && before->tasks.first + before->tasks.count == tasks.first) {
      before->tasks.count += tasks.count;  // of two units, it may be
      before->elapsed += elapsed;
    } else {
      worker.up.emplace_back(Answered{tasks, elapsed});
    }
    *worker.running += tasks.count - 1;
    worker.behind -= tasks.count - 1;
    go_on(worker);
  }

  static void go_on(FakeWorker& worker) {
    if (worker.behind == 0) return worker.running.reset();
    ++*worker.running;
    --worker.behind;
  }

  void leaves(Slot slot, const Tasks& tasks) {
    FakeWorker& worker = workers_[slot - 1];
    worker.assigned -= tasks.count;
    for (TaskNumber number = tasks.first; number < tasks.first + tasks.count; ++number) {
      require(tasks_.at(number).slot == slot, "word of a task from a worker that does not have it");
      tasks_.at(number).slot.reset();
    }
  }

  void take(Slot slot, const Back& back) {
    leaves(slot, back.tasks);
    scheduler_.returned(slot, back.tasks.first, now_);
  }

  void take(Slot slot, const Answered& answered) {
    leaves(slot, answered.tasks);
    for (TaskNumber number = answered.tasks.first; number < answered.tasks.first + answered.tasks.count; ++number) {
      Known& task = tasks_.at(number);
      ++task.attempts;
      require(!task.ended, "a task ends twice");
      task.ended = true;
    }
    scheduler_.answered(slot, answered.tasks.first, answered.tasks.count, answered.elapsed, now_);
  }

  void take(Slot slot, const worker::Result& result) {
    Known& task = tasks_.at(result.number);
    leaves(slot, {result.number, 1});
    ++task.attempts;
    const bool may_retry = !result.success() && result.ending != Ending::cancelled &&
                           task.attempts <= policy_.jobs[0].retry.count && !scheduler_.stopping();
    scheduler_.vacated(slot, result, now_);
    const bool final = scheduler_.concluded(result, now_) == Scheduler::Verdict::final;
    require(final != may_retry, "tried again too often, or too seldom");
    if (!final) {
      task.not_before = now_ + policy_.jobs[0].retry.delay;
      return;
    }
    require(!task.ended, "a task ends twice");
    task.ended = true;
    (void)scheduler_.release(result.number);
    if (scheduler_.failures_reached()) stop();
  }

  void stop() {
    if (scheduler_.stopping()) return;
    scheduler_.stop();
    for (FakeWorker& worker : workers_) worker.down.emplace_back(Order::cancel);
  }

  /// What it has sent arrives; then it is gone.
  void die(Slot slot) {
    FakeWorker& worker = workers_[slot - 1];
    while (!worker.up.empty()) {
      const Up up = worker.up.front();
      worker.up.pop_front();
      std::visit([&](const auto& what) { take(slot, what); }, up);
    }
    const auto running = scheduler_.worker_lost(slot);
    for (auto& [number, task] : tasks_) {
      if (task.slot == slot && running != number) task.slot.reset();
    }
    require(running.has_value() == (worker.assigned > 0), "a lost worker's task is forgotten");
    require(!worker.running || running == worker.running, "the wrong task is failed for a lost worker");
    worker = FakeWorker{};
    worker.dead = true;
    if (!running) return;
    worker.assigned = 1;
    worker::Result lost;
    lost.number = *running;
    lost.attempt = scheduler_.attempt(*running);
    lost.ending = Ending::worker_lost;
    take(slot, lost);
  }

  std::mt19937 random_;
  Policy policy_;
  Scheduler scheduler_;
  std::vector<FakeWorker> workers_;
  std::map<TaskNumber, Known> tasks_;
  os::Time now_ = os::Time{} + 1h;
  unsigned source_left_ = 0;
  os::Duration typical_{};
  unsigned failing_ = 0;
  unsigned dying_ = 0;
  unsigned stopping_ = 0;
};

}  // namespace

TEST_CASE("whatever happens, each task is run in one place at a time and ends once, and the run ends") {
  int stopped = 0;
  int lost_nothing = 0;
  int put_together = 0;
  for (unsigned seed = 0; seed < 2000; ++seed) {
    CAPTURE(seed);
    Model model{seed};
    model.run();
    const Scheduler& scheduler = model.scheduler();
    const Counters& counters = scheduler.counters();
    INFO(model.complaint);
    REQUIRE(model.complaint.empty());
    REQUIRE(scheduler.done());
    REQUIRE(counters.final() == counters.added);
    REQUIRE(counters.running == 0);
    REQUIRE(model.tried() == counters.added - counters.dropped);
    REQUIRE((counters.dropped == 0 || scheduler.stopping()));
    stopped += scheduler.stopping();
    lost_nothing += counters.failed == 0;
    put_together += model.largest_unit > 1000;
  }
  // The model is worth something only if it has seen all kinds of runs.
  CHECK(stopped > 100);
  CHECK(stopped < 1500);
  CHECK(lost_nothing > 10);
  CHECK(put_together > 10);
}
