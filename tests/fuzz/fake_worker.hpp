// FakeWorker: a worker as the runner sees it, without a process: what it is told waits in its queue until it reads it,
// what it tells waits until the runner reads that, and at any moment it may be dead.
#pragma once

#include <deque>
#include <optional>
#include <variant>

#include "os/clock.hpp"
#include "worker/frames.hpp"

namespace mpr::test {

class FakeWorker {
 public:
  /// Tasks that follow one another: a unit, or a part of one.
  struct Tasks {
    worker::TaskNumber first = 0;
    uint32_t count = 0;
    uint32_t attempt = 1;
  };
  using Down = std::variant<Tasks, worker::Order>;
  struct Answered {
    worker::TaskNumber first = 0;
    uint32_t count = 0;
    os::Duration elapsed{0};
  };
  using Up = std::variant<worker::Result, Answered, worker::Returned>;

  [[nodiscard]] bool has_orders() const { return !down_.empty(); }
  [[nodiscard]] bool has_news() const { return !up_.empty(); }
  [[nodiscard]] size_t news() const { return up_.size(); }
  [[nodiscard]] bool dead() const { return dead_; }
  [[nodiscard]] bool cancelled() const { return cancelled_; }
  [[nodiscard]] bool runs() const { return running_.count > 0; }
  [[nodiscard]] bool may_begin() const { return !dead_ && !runs() && !backlog_.empty(); }
  [[nodiscard]] bool may_end(os::Time now) const { return !dead_ && runs() && now >= until_; }
  /// When what runs ends.
  [[nodiscard]] os::Time until() const { return runs() && !dead_ ? until_ : os::kNever; }
  /// What runs, and what is behind it in its unit.
  [[nodiscard]] const Tasks& running() const { return running_; }

  /// What it begins next.
  [[nodiscard]] const Tasks& next() const { return backlog_.front(); }

  /// To a dead worker, it is lost.
  void post(Down down) {
    if (!dead_) down_.push_back(down);
  }
  [[nodiscard]] Up take_news() {
    const Up up = up_.front();
    up_.pop_front();
    return up;
  }

  /// Reads an order. After a recall or cancel, so many tasks of the unit that runs have been begun already, besides its
  /// first, and stay.
  template <class Kept>
  void read_order(os::Time now, Kept kept_of) {
    const Down down = down_.front();
    down_.pop_front();
    if (const auto* tasks = std::get_if<Tasks>(&down)) return backlog_.push_back(*tasks);
    for (const Tasks& tasks : backlog_) up_.emplace_back(worker::Returned{tasks.first, tasks.count});
    backlog_.clear();
    if (running_.count > 1) {
      const uint32_t kept = 1 + kept_of(running_.count);
      if (kept < running_.count) {
        up_.emplace_back(worker::Returned{running_.first + kept, running_.count - kept});
        running_.count = kept;
      }
    }
    if (!runs() || std::get<worker::Order>(down) != worker::Order::cancel) return;
    cancelled_ = true;
    until_ = std::min(until_, now);
  }

  void begin(os::Time until) {
    running_ = backlog_.front();
    backlog_.pop_front();
    cancelled_ = false;
    until_ = until;
  }

  /// The first of the tasks that run has ended so; the next of its unit will be at that time.
  void end(const worker::Result& result, os::Time next) {
    up_.emplace_back(result);
    go_on(1, next);
  }
  void answer(uint32_t count, os::Duration elapsed, os::Time next) {
    auto* before = up_.empty() ? nullptr : std::get_if<Answered>(&up_.back());
    if (before && before->first + before->count == running_.first) {
      before->count += count;  // of two units, it may be
      before->elapsed += elapsed;
    } else {
      up_.emplace_back(Answered{running_.first, count, elapsed});
    }
    go_on(count, next);
  }

  /// What it had told, but for the last so many, which had not left it, may still be read.
  void die(size_t unsent) {
    dead_ = true;
    up_.resize(up_.size() - unsent);
    down_.clear();
    backlog_.clear();
    running_ = {};
  }

 private:
  void go_on(uint32_t count, os::Time next) {
    running_.first += count;
    running_.count -= count;
    until_ = next;
  }

  std::deque<Down> down_;
  std::deque<Up> up_;
  std::deque<Tasks> backlog_;
  Tasks running_;
  os::Time until_{};
  bool cancelled_ = false;
  bool dead_ = false;
};

}  // namespace mpr::test
