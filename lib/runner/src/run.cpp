#include "runner/run.hpp"

#include <algorithm>
#include <csignal>
#include <exception>

#include "dispatcher.hpp"
#include "feed.hpp"
#include "oom_watch.hpp"
#include "os/cpu_set.hpp"
#include "os/poll_set.hpp"
#include "os/signals.hpp"
#include "record.hpp"
#include "run_setup.hpp"
#include "staffing.hpp"
#include "suspension.hpp"
#include "watch.hpp"

namespace mpr::runner {
namespace {

using worker::TaskNumber;

// While nobody takes our output, this much may wait before workers are held up.
constexpr uint64_t kMostUnread = 64 * 1024 * 1024;

class Run {
 public:
  Run(const RunOptions& options, Plan& plan, FrontEnd& front_end, Recorder* recorder)
      : plan_(plan),
        scheduler_(policy_of(options, plan)),
        outputs_(options.ordering, options.spill_directory, plan.jobs.size()),
        pool_(options.pool),
        staffing_(pool_, scheduler_, front_end, options.pool),
        dispatcher_(plan, scheduler_, options.pool),
        front_end_(front_end),
        record_(recorder, scheduler_, front_end, [this](os::Time until) { return await_room(until); }),
        signals_(run_signals(options.pool.worker.signals)),
        slots_(options.pool.workers),
        watch_(front_end, pool_, slots_),
        feed_(plan, scheduler_, outputs_, record_.recorder(),
              [this](size_t job) { return watch_.source(job, source_fd(job)); }) {
    // A queue or an output without a reader, or a file at its limit, is an error that we see where it happens, not a
    // signal.
    os::block_too({SIGPIPE, SIGXFSZ});
    watch_.signals(signals_.fd());
  }

  RunReport execute() {
    try {
      go_to_the_end();
    } catch (const std::exception&) {
      if (!record_.gave_up()) throw;
      report_.record_error = std::current_exception();
      pool_.end_all();
    }
    report_.counters = scheduler_.counters();
    report_.jobs = feed_.reports();
    report_.source_error = feed_.source_error();
    return report_;
  }

 private:
  void go_to_the_end() {
    for (;;) {
      if (record_.comes_first()) commit();
      if (suspension_.is_complete(now_)) stand_still();
      feed_.turn();
      if (scheduler_.failures_reached() && !scheduler_.stopping()) {
        stop();
        continue;  // for the jobs that end by it: the failure may have been on record
      }
      if (!suspension_.under_way()) {
        staffing_.try_again(now_);
        for (const Action& action : scheduler_.decide(now_))
          std::visit([&](const auto& what) { carry_out(what); }, action);
        if (staffing_.refused(now_)) continue;  // others may take what was to be done
      }
      for (Slot slot = 1; slot <= slots_; ++slot) send_posted(slot);
      if (record_.is_due(now_)) {
        commit();
        continue;  // it may be that there is something to start again
      }
      if (over()) break;
      front_end_.progress(scheduler_.counters(), plan_.total(), now_);
      rest();
      const auto events = watch_.wait(wait_until());
      now_ = os::Clock::now();
      for (const Watch::Event& event : events) handle(event);
    }
    pool_.end_all();
    commit();
  }

  /// Not once a signal has come.
  bool await_room(os::Time until) {
    if (!report_.signal && os::wait_until_readable(signals_.fd(), until)) read_signals();
    return !report_.signal;
  }

  /// While every worker has enough to do, results may gather in the queues: taking them up one by one would interrupt
  /// a task on its CPU for each of them, which costs some 5% of the throughput of tasks that last half a millisecond.
  void rest() {
    constexpr std::chrono::milliseconds kMost{4};
    constexpr size_t kMuch = 32 * 1024;  // half of what a queue holds: with more, workers would wait for us
    const bool calm = outputs_.drained() && recently_received_ < kMuch;
    recently_received_ /= 2;
    const os::Duration time = std::min<os::Duration>(scheduler_.slack(), kMost);
    if (calm && time >= std::chrono::milliseconds(1)) os::sleep_for(time);
  }

  [[nodiscard]] os::Time wait_until() const {
    // What waits in the gatherer goes on at once, piece by piece, unless its reader must be waited for.
    if (!watch_.output_blocked() && !outputs_.drained()) return now_;
    if (feed_.may_go_on()) return now_;
    const os::Time decision = std::min(scheduler_.next_decision(), staffing_.next());
    return std::min({suspension_.under_way() ? suspension_.next_look() : decision, front_end_.next_progress(),
                     record_.due_at(), reading_ends_.value_or(os::kNever)});
  }

  void commit() {
    for (const auto& [slot, result] : record_.commit()) conclude(slot, result);
  }

  /// Also passes on what can be passed on.
  bool over() {
    if (ending_now_) return true;
    if (scheduler_.done()) outputs_.close();
    outputs_.pump(front_end_);
    front_end_.flush();
    watch_.output();
    hold_back_if_unread();
    if (front_end_.closed()) {
      read_signals();  // a terminal that goes away says so twice, in either order
      report_.output_closed = true;
      return true;
    }
    if (report_.signal && scheduler_.done()) return !may_still_be_read();
    return scheduler_.done() && all_is_written();
  }

  /// Of what there is by now.
  [[nodiscard]] bool all_is_written() const { return outputs_.drained() && !watch_.output_blocked(); }

  /// After a signal, what has not been written yet is not waited for longer than a reader needs that does read.
  bool may_still_be_read() {
    constexpr std::chrono::seconds kPatience{1};
    if (!reading_ends_) reading_ends_ = now_ + kPatience;
    return !all_is_written() && now_ < *reading_ends_;
  }

  /// A reader of our output that has stopped reading stops the workers too, in the end, rather than filling the disk.
  void hold_back_if_unread() {
    // Not while the run is being stopped: its end must not depend on a reader.
    const bool hold = !scheduler_.stopping() && watch_.output_blocked() && outputs_.held_bytes() > kMostUnread;
    feed_.pause(hold);
    watch_.hold_results(hold);
  }

  [[nodiscard]] os::FdRef source_fd(size_t job) const { return plan_.jobs[job].source->wait_fd(); }

  void carry_out(const Assign& assign) {
    if (!pool_.running(assign.slot) && !start_worker(assign.slot)) {
      return scheduler_.returned(assign.slot, assign.number, now_);
    }
    dispatcher_.post(assign, pool_);
    record_.started(now_);
  }

  void carry_out(const Recall& recall) {
    if (pool_.running(recall.slot)) pool_.post(recall.slot, worker::Order::recall);
  }

  bool start_worker(Slot slot) {
    if (!staffing_.start(slot, now_)) return false;
    watch_.worker(slot);
    record_.worker_started(slot, pool_.pid(slot));
    return true;
  }

  void send_posted(Slot slot) {
    if (pool_.running(slot) && !pool_.flush(slot)) watch_.tasks(slot, true);
  }

  void handle(const Watch::Event& event) {
    using What = Watch::What;
    switch (event.what) {
      case What::signals:
        return read_signals();
      case What::output:
        return;  // over() tries again
      case What::source:
        feed_.source_is_ready(event.of);
        return watch_.forget_source(source_fd(event.of));
      default:
        break;
    }
    const auto slot = static_cast<Slot>(event.of);
    if (!pool_.running(slot)) return;  // gone since the event was reported
    if (event.what == What::worker_end) return lose_worker(slot);
    if (event.what == What::results) return read_results(slot);
    if (pool_.flush(slot)) watch_.tasks(slot, false);
  }

  void read_signals() {
    while (const auto signal = signals_.next()) {
      if (*signal == SIGTSTP) {
        suspension_.begin(pool_, slots_, now_);
      } else if (report_.signal) {
        ending_now_ = true;
      } else {
        report_.signal = *signal;
        stop();
      }
    }
  }

  /// Starts nothing more, and ends what is running: SIGTERM first.
  void stop() {
    scheduler_.stop();
    for (Slot slot = 1; slot <= slots_; ++slot) {
      if (!pool_.running(slot)) continue;
      pool_.post(slot, worker::Order::cancel);
      pool_.wake(slot);
    }
  }

  /// All processes of the run have stopped. What is known of it is safe, should it never be continued.
  void stand_still() {
    commit();
    front_end_.hide_progress();
    if (!report_.signal) os::stop_this_process();
    suspension_.end(pool_, slots_);
    now_ = os::Clock::now();
  }

  /// Once for each report of the poller: enough is read at a time, and no worker is served at another's cost.
  void read_results(Slot slot) {
    if (pool_.results(slot).fill() == os::IoState::closed) return lose_worker(slot);
    take_frames(slot);
  }

  void take_frames(Slot slot) {
    while (const auto frame = pool_.next_frame(slot)) std::visit([&](const auto& what) { take(slot, what); }, *frame);
  }

  void take(Slot, const worker::OutputChunk& chunk) {
    recently_received_ += chunk.bytes.size();
    outputs_.of(chunk.number).output(chunk.number, scheduler_.inputs(chunk.number), chunk.stream, chunk.bytes);
    record_.output(chunk.number, chunk.stream, chunk.bytes);
  }

  void take(Slot slot, const worker::Answers& answers) {
    // What exit status 0 is taken for.
    const bool success = plan_.job_of(answers.first).policy.accepts({});
    // What the first of them wrote may have been read before it had ended, if that took long.
    const bool each = front_end_.wants_each() || outputs_.of(answers.first).has_written(answers.first);
    if (record_.is_kept() || each || !success) return take_each(slot, answers);
    os::Duration elapsed{0};
    for (uint32_t place = 0; place < answers.count; ++place) {
      elapsed += os::Duration{answers.answer(place).nanoseconds};
    }
    staffing_.ran();
    recently_received_ += answers.out.size();
    outputs_.of(answers.first).answered(answers.first, answers.count, answers.out);
    scheduler_.answered(slot, answers.first, answers.count, elapsed, now_);
  }

  void take_each(Slot slot, const worker::Answers& answers) {
    size_t offset = 0;
    for (uint32_t place = 0; place < answers.count; ++place) {
      const worker::Answer answer = answers.answer(place);
      const TaskNumber number = answers.first + place;
      if (answer.bytes > 0) {
        take(slot, worker::OutputChunk{number, worker::Stream::out, answers.out.subspan(offset, answer.bytes)});
      }
      offset += answer.bytes;
      worker::Result result;
      result.number = number;
      result.attempt = scheduler_.attempt(number);
      result.elapsed = os::Duration{answer.nanoseconds};
      result.started = now_.time_since_epoch() - result.elapsed;
      take(slot, result);
    }
  }

  void take(Slot slot, const worker::Suspended& /*unused*/) { suspension_.stopped(slot); }

  void take(Slot slot, const worker::Returned& back) { scheduler_.returned(slot, back.number, now_); }

  void take(Slot slot, worker::Result result) {
    if (result.starved()) {
      scheduler_.not_begun(slot, result.number, now_);
      return staffing_.resigned(slot, result.failure.error, now_);
    }
    staffing_.ran();
    result.out_of_memory = result.killed() && oom_watch_.claim();
    if (result.ending == worker::Ending::exited) {
      result.inverted = plan_.job_of(result.number).policy.accepts(result) != result.status.success();
    }
    scheduler_.vacated(slot, result, now_);
    if (!record_.is_kept()) return conclude(slot, result);
    const Inputs inputs = scheduler_.inputs(result.number);
    record_.ended({inputs, slot, result}, plan_.command(inputs, result.number, slot), now_);
  }

  /// Something comes of the result.
  void conclude(Slot slot, const worker::Result& result) {
    const bool retry = scheduler_.concluded(result, now_) == Scheduler::Verdict::retry;
    Gather& gather = outputs_.of(result.number);
    // A part of an output is no result.
    if (retry || result.ending == worker::Ending::cancelled) gather.discard(result.number);
    if (retry) return;
    gather.finished({scheduler_.release(result.number), slot, result});
    if (scheduler_.failures_reached() && !scheduler_.stopping()) stop();
  }

  void lose_worker(Slot slot) {
    // It may have sent results before it died.
    Connection& results = pool_.results(slot);
    while (results.fill() == os::IoState::done) {
    }
    take_frames(slot);
    watch_.forget_worker(slot);
    pool_.remove(slot);
    suspension_.lost(slot);
    const auto running = scheduler_.worker_lost(slot);
    const bool resigned = staffing_.ended(slot);
    if (!running) return;
    if (resigned) return scheduler_.not_begun(slot, *running, now_);
    worker::Result lost;
    lost.number = *running;
    lost.attempt = scheduler_.attempt(*running);
    lost.ending = worker::Ending::worker_lost;
    lost.out_of_memory = oom_watch_.claim();
    take(slot, lost);
  }

  Plan& plan_;
  Scheduler scheduler_;
  JobOutputs outputs_;
  WorkerPool pool_;
  Staffing staffing_;
  OomWatch oom_watch_;
  Dispatcher dispatcher_;
  FrontEnd& front_end_;
  Record record_;
  os::MaskGuard mask_;
  os::SignalSource signals_;
  Slot slots_;
  Watch watch_;
  Feed feed_;
  Suspension suspension_;
  RunReport report_;
  size_t recently_received_ = 0;  ///< bytes of output, those of earlier turns of the loop counting less and less
  os::Time now_ = os::Clock::now();
  std::optional<os::Time> reading_ends_;
  bool ending_now_ = false;
};

}  // namespace

RunReport run(const RunOptions& options, Plan& plan, FrontEnd& front_end, Recorder* recorder) {
  std::optional<os::PinnedMeanwhile> out_of_the_way;
  if (!options.pool.spare_cpus.empty()) out_of_the_way.emplace(options.pool.spare_cpus);
  return Run{options, plan, front_end, recorder}.execute();
}

}  // namespace mpr::runner
