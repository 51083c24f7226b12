#include "runner/run.hpp"

#include <algorithm>
#include <csignal>
#include <exception>

#include "os/poller.hpp"
#include "os/signals.hpp"

namespace mpr::runner {
namespace {

using os::Poller;
using worker::TaskNumber;

// While nobody takes our output, this much may wait before workers are held up.
constexpr uint64_t kMostUnread = 64 * 1024 * 1024;

enum Token : uint64_t { kSignals, kSource, kFrontEnd, kFirstWorker };
enum Part : uint64_t { kTasks, kResults, kSentinel, kParts };

uint64_t token(Slot slot, Part part) {
  return kFirstWorker + slot * kParts + part;
}

/// Those that end a run, but for what mpr was told to ignore (nohup).
std::vector<int> stop_signals(const os::SignalState& started_with) {
  std::vector<int> signals{SIGINT, SIGTERM, SIGHUP, SIGQUIT};
  std::erase_if(signals, [&](int signal) { return started_with.ignores(signal); });
  return signals;
}

class Run {
 public:
  Run(const RunOptions& options, TaskSource& source, FrontEnd& front_end)
      : scheduler_(options.policy),
        gather_(options.ordering, options.policy.retries == 0, Spill{options.spill_directory}),
        pool_(options.pool),
        source_(source),
        front_end_(front_end),
        signals_(stop_signals(options.pool.worker.signals)),
        slots_(options.pool.workers) {
    // A queue or an output without a reader, or a file at its limit, is an error that we see where it happens, not a
    // signal.
    os::block_too({SIGPIPE, SIGXFSZ});
    poller_.watch(signals_.fd(), Poller::kReadable, kSignals);
  }

  RunReport execute() {
    for (;;) {
      feed();
      for (const Action& action : scheduler_.decide(now_))
        std::visit([&](const auto& what) { carry_out(what); }, action);
      for (Slot slot = 1; slot <= slots_; ++slot) send_posted(slot);
      if (over()) break;
      front_end_.progress(scheduler_.counters(), source_.total(), now_);
      rest();
      const auto events = poller_.wait(wait_until());
      now_ = os::Clock::now();
      for (const Poller::Event& event : events) handle(event);
    }
    pool_.end_all();
    report_.counters = scheduler_.counters();
    return report_;
  }

 private:
  /// While every worker has enough to do, results may gather in the queues: taking them up one by one would interrupt
  /// a task on its CPU for each of them, which costs some 5% of the throughput of tasks that last half a millisecond.
  void rest() {
    constexpr std::chrono::milliseconds kMost{4};
    constexpr size_t kMuch = 32 * 1024;  // half of what a queue holds: with more, workers would wait for us
    const bool calm = gather_.drained() && recently_received_ < kMuch;
    recently_received_ /= 2;
    const os::Duration time = std::min<os::Duration>(scheduler_.slack(), kMost);
    if (calm && time >= std::chrono::milliseconds(1)) os::sleep_for(time);
  }

  [[nodiscard]] os::Time wait_until() const {
    // What waits in the gatherer goes on at once, piece by piece, unless its reader must be waited for.
    if (blocked_.empty() && !gather_.drained()) return now_;
    if (may_feed() && scheduler_.wants_tasks()) return now_;
    return std::min({scheduler_.next_decision(), front_end_.next_progress(), reading_ends_.value_or(os::kNever)});
  }

  /// Also passes on what can be passed on.
  bool over() {
    if (ending_now_) return true;
    if (scheduler_.done()) gather_.close_gaps();
    gather_.pump(front_end_);
    front_end_.flush();
    watch_front_end();
    hold_back_if_unread();
    if (front_end_.closed()) {
      read_signals();  // a terminal that goes away says so twice, in either order
      report_.output_closed = true;
      return true;
    }
    if (report_.signal && scheduler_.done()) return !may_still_be_read();
    return scheduler_.done() && gather_.drained() && blocked_.empty();
  }

  /// After a signal, what has not been written yet is not waited for longer than a reader needs that does read.
  bool may_still_be_read() {
    constexpr std::chrono::seconds kPatience{1};
    if (!reading_ends_) reading_ends_ = now_ + kPatience;
    return !(gather_.drained() && blocked_.empty()) && now_ < *reading_ends_;
  }

  void watch_front_end() {
    const std::vector<os::FdRef> blocked = front_end_.blocked();
    for (const os::FdRef fd : blocked_) {
      if (std::find(blocked.begin(), blocked.end(), fd) == blocked.end()) poller_.forget(fd);
    }
    for (const os::FdRef fd : blocked) {
      if (std::find(blocked_.begin(), blocked_.end(), fd) == blocked_.end()) {
        poller_.watch(fd, Poller::kWritable, kFrontEnd);
      }
    }
    blocked_ = blocked;
  }

  /// A reader of our output that has stopped reading stops the workers too, in the end, rather than filling the disk.
  void hold_back_if_unread() {
    // Not while the run is being stopped: its end must not depend on a reader.
    const bool hold = !scheduler_.stopping() && !blocked_.empty() && gather_.held_bytes() > kMostUnread;
    if (hold == holding_back_) return;
    holding_back_ = hold;
    for (Slot slot = 1; slot <= slots_; ++slot) {
      if (pool_.running(slot)) watch_results(slot);
    }
  }

  void watch_results(Slot slot) {
    poller_.watch(pool_.results(slot).fd(), holding_back_ ? Poller::kNothing : Poller::kReadable,
                  token(slot, kResults));
  }

  [[nodiscard]] bool may_feed() const { return !source_waits_ && !holding_back_; }

  void feed() {
    Inputs inputs;
    while (may_feed() && scheduler_.wants_tasks()) {
      switch (next_of_source(inputs)) {
        case TaskSource::Next::task:
          scheduler_.add(std::move(inputs));
          break;
        case TaskSource::Next::end:
          scheduler_.end_of_tasks();
          break;
        case TaskSource::Next::wait:
          source_waits_ = poller_.watch(source_.wait_fd(), Poller::kReadable, kSource);
          break;
      }
    }
  }

  TaskSource::Next next_of_source(Inputs& inputs) {
    try {
      return source_.next(inputs);
    } catch (...) {
      // What was read before it stands: those tasks are run and printed, then this is told.
      report_.source_error = std::current_exception();
      return TaskSource::Next::end;
    }
  }

  void carry_out(const Assign& assign) {
    if (!pool_.running(assign.slot)) start_worker(assign.slot);
    pool_.post(assign.slot, worker::Task{assign.number, assign.attempt,
                                         source_.argv(scheduler_.inputs(assign.number), assign.number, assign.slot)});
  }

  void carry_out(const Recall& recall) { pool_.post(recall.slot, worker::Order::recall); }

  void start_worker(Slot slot) {
    pool_.start(slot);
    watch_results(slot);
    poller_.watch(pool_.sentinel(slot), Poller::kReadable, token(slot, kSentinel));
  }

  void send_posted(Slot slot) {
    if (!pool_.running(slot)) return;
    if (!pool_.flush(slot)) {
      poller_.watch(pool_.tasks_fd(slot), Poller::kWritable, token(slot, kTasks));
    }
  }

  void handle(const Poller::Event& event) {
    switch (event.token) {
      case kSignals:
        return read_signals();
      case kSource:
        source_waits_ = false;
        return poller_.forget(source_.wait_fd());
      case kFrontEnd:
        return;  // over() tries again
      default:
        break;
    }
    const auto slot = static_cast<Slot>((event.token - kFirstWorker) / kParts);
    if (!pool_.running(slot)) return;  // gone since the event was reported
    switch ((event.token - kFirstWorker) % kParts) {
      case kTasks:
        if (pool_.flush(slot)) poller_.forget(pool_.tasks_fd(slot));
        break;
      case kResults:
        read_results(slot);
        break;
      default:
        lose_worker(slot);
        break;
    }
  }

  void read_signals() {
    while (const auto signal = signals_.next()) {
      if (report_.signal) {
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
      if (pool_.running(slot)) pool_.post(slot, worker::Order::cancel);
    }
  }

  /// Once for each report of the poller: enough is read at a time, and no worker is served at another's cost.
  void read_results(Slot slot) {
    Connection& results = pool_.results(slot);
    if (results.fill() == os::IoState::closed) return lose_worker(slot);
    while (const auto frame = results.next()) {
      const worker::UpFrame up = worker::decode_up(*frame);
      std::visit([&](const auto& what) { take(slot, what); }, up);
    }
  }

  void take(Slot, const worker::OutputChunk& chunk) {
    recently_received_ += chunk.bytes.size();
    gather_.output(chunk.number, scheduler_.inputs(chunk.number), chunk.stream, chunk.bytes);
  }

  void take(Slot slot, const worker::Returned& back) { scheduler_.returned(slot, back.number, now_); }

  void take(Slot slot, const worker::Result& result) {
    const bool retry = scheduler_.finished(slot, result, now_) == Scheduler::Verdict::retry;
    // A part of an output is no result.
    if (retry || result.ending == worker::Ending::cancelled) gather_.discard(result.number);
    if (retry) return;
    gather_.finished({scheduler_.release(result.number), slot, result});
    if (scheduler_.failures_reached() && !scheduler_.stopping()) stop();
  }

  void lose_worker(Slot slot) {
    // It may have sent results before it died.
    Connection& results = pool_.results(slot);
    poller_.forget(pool_.sentinel(slot));
    while (results.fill() == os::IoState::done) {
    }
    while (const auto frame = results.next()) {
      const worker::UpFrame up = worker::decode_up(*frame);
      std::visit([&](const auto& what) { take(slot, what); }, up);
    }
    poller_.forget(results.fd());
    poller_.forget(pool_.tasks_fd(slot));
    pool_.remove(slot);
    const auto running = scheduler_.worker_lost(slot);
    if (!running) return;
    worker::Result lost;
    lost.number = *running;
    lost.attempt = scheduler_.attempt(*running);
    lost.ending = worker::Ending::worker_lost;
    take(slot, lost);
  }

  Scheduler scheduler_;
  Gather gather_;
  WorkerPool pool_;
  TaskSource& source_;
  FrontEnd& front_end_;
  os::MaskGuard mask_;
  os::SignalSource signals_;
  Slot slots_;
  Poller poller_;
  RunReport report_;
  std::vector<os::FdRef> blocked_;
  size_t recently_received_ = 0;  ///< bytes of output, those of earlier turns of the loop counting less and less
  os::Time now_ = os::Clock::now();
  std::optional<os::Time> reading_ends_;
  bool source_waits_ = false;
  bool holding_back_ = false;
  bool ending_now_ = false;
};

}  // namespace

RunReport run(const RunOptions& options, TaskSource& source, FrontEnd& front_end) {
  return Run{options, source, front_end}.execute();
}

}  // namespace mpr::runner
