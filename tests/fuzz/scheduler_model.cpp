#include "scheduler_model.hpp"

#include <algorithm>
#include <exception>
#include <variant>

#include "fake_worker.hpp"
#include "runner/job_outputs.hpp"
#include "scheduler_fakes.hpp"

namespace mpr::test {
namespace {

using namespace runner;
using worker::Ending;
using worker::TaskNumber;

/// More than any story has that ends.
uint64_t most_steps(const SchedulerPlan& plan) {
  uint64_t attempts = 100;
  for (size_t job = 0; job < plan.jobs.size(); ++job) {
    attempts += plan.jobs[job].tasks * (uint64_t{plan.policy.jobs[job].retry.count} + 1);
  }
  return 100 * attempts;
}

class Model {
 public:
  explicit Model(Tape& tape)
      : tape_(tape),
        story_(plan_of(tape)),
        most_steps_(most_steps(story_)),
        books_(story_),
        stage_{tape, story_, books_},
        record_(stage_),
        printer_(stage_),
        plan_(jobs_of(stage_)),
        scheduler_(story_.policy),
        outputs_(Ordering::in_order, ".", plan_.jobs.size()),
        sources_wait_(plan_.jobs.size(), false),
        feed_(plan_, scheduler_, outputs_, story_.recorded ? &record_ : nullptr,
              [this](size_t job) { return wait_for_source(job); }),
        workers_(story_.policy.workers) {}

  Played play() {
    try {
      parent_turn();
      while (!scheduler_.done()) {
        require(++played_.steps < most_steps_, "the run does not come to its end");
        step();
      }
      parent_turn();
      outputs_.close();
      outputs_.pump(printer_);
      require(uncommitted_.empty(), "the run ends while results are not counted");
      books_.closed(scheduler_, feed_.reports());
    } catch (const Complaint& complaint) {
      played_.complaint = complaint.what;
    } catch (const std::exception& error) {
      played_.complaint = error.what();
    }
    tell_what_was_seen();
    return played_;
  }

 private:
  static Plan jobs_of(Stage& stage) {
    Plan plan;
    for (size_t job = 0; job < stage.plan.jobs.size(); ++job) {
      Job& its = plan.jobs.emplace_back();
      its.policy = stage.plan.policy.jobs[job];
      its.needs = stage.plan.jobs[job].needs;
      its.open = [&stage, job](const GatheredOutput&) -> std::unique_ptr<TaskSource> {
        stage.books.opened(job);
        if (stage.plan.jobs[job].opens) return std::make_unique<FakeSource>(stage, job);
        stage.books.source_ended(job, true);
        throw std::runtime_error("cannot be opened");
      };
    }
    return plan;
  }

  bool wait_for_source(size_t job) { return sources_wait_[job] = true; }

  // ---- The runner's loop, in run.cpp's words. ----

  void parent_turn() {
    turned_ = true;
    for (;;) {
      if (commit_first_) commit();
      feed_.turn();
      if (scheduler_.failures_reached() && !scheduler_.stopping()) {
        stop();
        feed_.turn();
      }
      decide();
      if (uncommitted_.empty() || scheduler_.counters().running > 0) break;
      commit();
    }
    outputs_.pump(printer_);
  }

  void decide() {
    books_.deciding(now_);
    for (const Action& action : scheduler_.decide(now_)) std::visit([&](const auto& what) { carry_out(what); }, action);
    books_.decided(scheduler_);
  }

  void carry_out(const Assign& assign) {
    const Holding holding = scheduler_.holding(assign.number);
    books_.assigned(assign, holding);
    played_.largest_unit = std::max(played_.largest_unit, assign.count);
    played_.borrowed += !holding.borrowed.empty();
    worker(assign.slot).post(FakeWorker::Tasks{assign.number, assign.count, assign.attempt});
  }
  void carry_out(const Recall& recall) {
    books_.recalled(recall.slot);
    ++played_.recalls;
    worker(recall.slot).post(worker::Order::recall);
  }

  void stop() {
    scheduler_.stop();
    books_.stopped();
    for (FakeWorker& each : workers_) each.post(worker::Order::cancel);
  }

  void commit() {
    for (Slot slot = 1; slot <= workers_.size(); ++slot) {
      const auto running = scheduler_.running(slot);
      if (!running) continue;
      require(scheduler_.attempt(running->number) == books_.attempts(running->number) + 1,
              "a wrong attempt is recorded");
      require(!scheduler_.inputs(running->number).empty(), "a task's inputs are lost");
    }
    commit_first_ = false;
    for (const auto& [slot, result] : std::exchange(uncommitted_, {})) conclude(slot, result);
  }

  void take(Slot slot, const worker::Result& result) {
    books_.vacated(slot, result, now_);
    scheduler_.vacated(slot, result, now_);
    if (!story_.recorded) return conclude(slot, result);
    (void)scheduler_.inputs(result.number);
    uncommitted_.emplace_back(slot, result);
    commit_first_ = commit_first_ || (story_.policy.max_failures != 0 && !result.success());
  }

  void conclude(Slot slot, const worker::Result& result) {
    const bool expected = scheduler_.is_retried(result);
    const bool retry = scheduler_.concluded(result, now_) == Scheduler::Verdict::retry;
    require(retry == expected, "it is foretold wrongly whether a task is tried again");
    books_.concluded(result, retry, now_);
    played_.retries += retry;
    if (retry) return;
    outputs_.of(result.number).finished({scheduler_.release(result.number), slot, result});
    if (scheduler_.failures_reached() && !scheduler_.stopping()) stop();
  }

  void take(Slot slot, const FakeWorker::Answered& answered) {
    if (story_.recorded || story_.tells_each) return take_each(slot, answered);
    books_.answered(slot, answered.first, answered.count, now_);
    const std::vector<std::byte> printed(answered.count);
    outputs_.of(answered.first).answered(answered.first, answered.count, printed);
    scheduler_.answered(slot, answered.first, answered.count, answered.elapsed, now_);
  }
  void take_each(Slot slot, const FakeWorker::Answered& answered) {
    for (uint32_t place = 0; place < answered.count; ++place) {
      worker::Result result;
      result.number = answered.first + place;
      result.attempt = scheduler_.attempt(result.number);
      result.elapsed = answered.elapsed / answered.count;
      take(slot, result);
    }
  }

  void take(Slot slot, const worker::Returned& back) {
    books_.returned(slot, back.number, back.count, now_);
    scheduler_.returned(slot, back.number, now_);
  }

  void read_news(Slot slot) {
    const FakeWorker::Up up = worker(slot).take_news();
    std::visit([&](const auto& what) { take(slot, what); }, up);
  }

  void lose_worker(Slot slot) {
    while (worker(slot).has_news()) read_news(slot);
    worker(slot) = FakeWorker{};
    const auto running = scheduler_.worker_lost(slot);
    books_.lost(slot, running);
    if (!running) return;
    worker::Result lost;
    lost.number = *running;
    lost.attempt = scheduler_.attempt(*running);
    lost.ending = Ending::worker_lost;
    take(slot, lost);
  }

  // ---- The world. ----

  FakeWorker& worker(Slot slot) { return workers_[slot - 1]; }

  /// One byte, mostly: what happens next, and whether the runner looks at it at once.
  void step() {
    const unsigned byte = tape_.below(256);
    const bool looks = byte % 4 == 0;
    const unsigned what = byte / 4;
    const bool happened = (what >= 60 && something_rare(what)) || somebody_goes_on(what);
    if (!happened && (!turned_ || feed_.may_go_on())) return parent_turn();
    if (!happened && !only_time_helps()) require(scheduler_.done(), "the run hangs");
    turned_ = false;
    if (looks) parent_turn();
  }

  bool something_rare(unsigned what) {
    switch (what) {
      case 60:
        return time_goes_on();
      case 61:
        if (!uncommitted_.empty() && tape_.chance(128)) commit();
        return a_source_goes_on();
      case 62:
        if (!tape_.chance(story_.dying)) return false;
        return die(static_cast<Slot>(1 + tape_.below(story_.policy.workers)));
      default:
        if (!scheduler_.stopping() && tape_.chance(story_.pausing)) pause(!paused_);
        if (scheduler_.stopping() || !tape_.chance(story_.stopping)) return false;
        stop();
        return true;
    }
  }

  void pause(bool paused) {
    paused_ = paused;
    feed_.pause(paused);
  }

  bool die(Slot slot) {
    FakeWorker& its = worker(slot);
    if (its.dead()) return false;
    its.die(tape_.below(static_cast<unsigned>(std::min<size_t>(its.news(), 200)) + 1));
    ++played_.deaths;
    return true;
  }

  /// The first worker from there on that can do anything does one thing that it can do.
  bool somebody_goes_on(unsigned what) {
    const auto count = static_cast<unsigned>(workers_.size());
    for (unsigned i = 0; i < count; ++i) {
      const auto slot = static_cast<Slot>((what + i) % count + 1);
      if (goes_on(slot, what / count)) return true;
    }
    return false;
  }

  bool goes_on(Slot slot, unsigned choice) {
    FakeWorker& its = worker(slot);
    enum Move { kNews, kWork, kOrders, kLoss };
    Move moves[kLoss + 1];
    unsigned count = 0;
    if (its.has_news()) moves[count++] = kNews;
    if (its.may_begin() || its.may_end(now_)) moves[count++] = kWork;
    if (its.has_orders()) moves[count++] = kOrders;
    if (its.dead()) moves[count++] = kLoss;
    if (count == 0) return false;
    switch (moves[choice % count]) {
      case kNews:
        read_news(slot);
        break;
      case kWork:
        its.may_begin() ? its.begin(now_ + some_time(worker::job_of(its.next().first))) : end_some(its);
        break;
      case kOrders:
        its.read_order(now_, [this](uint32_t tasks) { return tape_.below(std::min(tasks, 60'000U)); });
        break;
      default:
        lose_worker(slot);
        break;
    }
    return true;
  }

  os::Duration some_time(size_t job) {
    const JobStory& story = story_.jobs[job];
    const unsigned byte = tape_.below(256);
    return story.usual * (byte + story.slow >= 256 ? 100 : 1 + byte % 3);
  }

  void end_some(FakeWorker& its) {
    const TaskNumber number = its.running().first;
    const size_t job = worker::job_of(number);
    const bool fails = tape_.chance(story_.jobs[job].failing);
    if (story_.policy.jobs[job].puts_together && !fails && !its.cancelled()) {
      const uint32_t count = 1 + tape_.below(std::min(its.running().count, 60'000U));
      return its.answer(count, count * story_.jobs[job].usual, now_ + some_time(job));
    }
    worker::Result result;
    result.number = number;
    result.attempt = its.running().attempt;
    result.elapsed = story_.jobs[job].usual;
    if (its.cancelled() && tape_.below(3) < 2)
      result.ending = Ending::cancelled;
    else if (fails)
      fail(result);
    its.end(result, now_ + some_time(job));
  }

  void fail(worker::Result& result) {
    constexpr Ending kEndings[] = {Ending::exited, Ending::timed_out, Ending::could_not_start, Ending::no_answer};
    result.ending = kEndings[tape_.below(4)];
    result.status = os::ExitStatus::exited(1);
  }

  /// All is quiet: whatever the runner waits for happens.
  bool only_time_helps() {
    if (paused_) {
      pause(false);
      return true;
    }
    if (a_source_goes_on()) return true;
    if (!uncommitted_.empty()) {
      commit();
      return true;
    }
    return time_goes_on();
  }

  bool a_source_goes_on() {
    const auto waits = std::find(sources_wait_.begin(), sources_wait_.end(), true);
    if (waits == sources_wait_.end()) return false;
    *waits = false;
    feed_.source_is_ready(static_cast<size_t>(waits - sources_wait_.begin()));
    return true;
  }

  /// To the next moment at which a task ends or the scheduler wants to decide.
  bool time_goes_on() {
    os::Time next = scheduler_.next_decision();
    if (next <= now_) next = os::kNever;
    for (const FakeWorker& each : workers_) {
      if (each.until() > now_) next = std::min(next, each.until());
    }
    if (next == os::kNever) return false;
    now_ = next;
    return true;
  }

  void tell_what_was_seen() {
    const Counters& counters = scheduler_.counters();
    played_.tasks = counters.added;
    played_.stopped = scheduler_.stopping();
    played_.failures_reached = scheduler_.failures_reached();
    played_.resumed = record_.found();
    const auto reports = feed_.reports();
    played_.skipped = std::any_of(reports.begin(), reports.end(),
                                  [](const JobReport& job) { return job.state == JobState::skipped; });
  }

  Tape& tape_;
  SchedulerPlan story_;
  uint64_t most_steps_;
  SchedulerBooks books_;
  Stage stage_;
  FakeRecord record_;
  FakePrinter printer_;
  Plan plan_;
  Scheduler scheduler_;
  JobOutputs outputs_;
  std::vector<bool> sources_wait_;
  Feed feed_;
  std::vector<FakeWorker> workers_;
  std::vector<std::pair<Slot, worker::Result>> uncommitted_;
  bool commit_first_ = false;
  bool turned_ = false;  ///< nothing has happened since the runner's last turn
  bool paused_ = false;
  os::Time now_ = os::Time{} + std::chrono::hours(1);
  Played played_;
};

}  // namespace

Played play(Tape& tape) {
  return Model{tape}.play();
}

Tape::Bytes shrunk_story(const Tape::Bytes& bytes, const std::string& complaint) {
  return shrunk(bytes, [&](const Tape::Bytes& candidate) {
    Tape tape{candidate};
    return play(tape).complaint == complaint;
  });
}

}  // namespace mpr::test
