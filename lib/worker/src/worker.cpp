#include "worker/worker.hpp"

#include <csignal>
#include <deque>
#include <optional>
#include <utility>
#include <variant>

#include "answer_box.hpp"
#include "os/descendants.hpp"
#include "os/descriptors.hpp"
#include "os/fork.hpp"
#include "os/pid_namespace.hpp"
#include "os/poll_set.hpp"
#include "os/signals.hpp"
#include "os/stopped_descendants.hpp"
#include "worker/executors.hpp"
#include "worker/frames.hpp"

namespace mpr::worker {
namespace {

constexpr size_t kBatchBytes = 64 * 1024;       // what is sent up in one go, about a pipe's capacity
constexpr size_t kCongestedBytes = 512 * 1024;  // more than this is not read from a task while the parent takes nothing
constexpr std::chrono::milliseconds kBatchTime{10};

class Worker final : public Supervisor {
 public:
  Worker(Connection tasks, Connection results, const WorkerOptions& options)
      : tasks_(std::move(tasks)), results_(std::move(results)), executors_(options) {
    results_.set_nonblocking();
  }

  void run() {
    while (!parent_gone_ && !starved_) {
      if (backlog_.empty()) {
        send_all();
        if (!parent_gone_ && backlog_.empty()) read_orders();
        continue;
      }
      const Work work = std::move(backlog_.front());
      backlog_.pop_front();
      wish_ = Wish::go_on;
      recalled_ = false;
      std::visit([&](const auto& what) { run(what); }, work);
      send_what_is_due();
    }
    give_back_backlog();
    send_all();
  }

  [[nodiscard]] os::FdRef orders() const override { return parent_gone_ ? os::FdRef{} : tasks_.fd(); }

  /// Whoever waits for orders waits here, too, while nothing is to go on.
  void read_orders() override {
    take_orders();
    while (suspended_ && !parent_gone_) {
      os::PollSet watched;
      watched.add(tasks_.fd(), os::PollSet::kReadable);
      const size_t queue = watched.add(congested_queue(), os::PollSet::kWritable);
      watched.wait(os::kNever);
      if (watched.ready(queue)) pass_on();
      take_orders();
    }
  }

  [[nodiscard]] Wish wish() const override { return wish_; }

  [[nodiscard]] os::FdRef child_ends() const override { return child_ends_.fd(); }
  void reap_orphans(const os::ProcessHandle& main_process) override {
    while (child_ends_.next()) {
    }
    std::vector<pid_t> keep = residents_.pids();
    keep.push_back(main_process.pid());
    (void)os::reap_ended_children(keep);
  }

  void output(TaskNumber number, Stream stream, std::span<const std::byte> bytes) override {
    post(OutputChunk{number, stream, bytes});
  }

  [[nodiscard]] Residents& residents() override { return residents_; }
  [[nodiscard]] bool recalled() const override { return recalled_; }
  void give_back(TaskNumber first, uint32_t count) override {
    if (count == 0) return;
    post(Returned{first, count});
    pass_on();
  }
  void answered(TaskNumber number, os::Duration elapsed, std::span<const std::byte> out) override {
    if (!answers_.takes(number)) post_answers();
    if (answers_.empty()) expect_to_pass_on();
    answers_.add(number, elapsed, out);
  }
  void ended(const Result& result) override {
    post(result);
    starved_ = starved_ || result.starved();
    recalled_ = recalled_ || starved_;
  }

  [[nodiscard]] bool accepts_output() const override { return results_.unsent() < kCongestedBytes; }
  [[nodiscard]] os::Time pass_on_at() const override { return pass_on_at_; }
  [[nodiscard]] os::FdRef congested_queue() const override { return congested_ ? results_.fd() : os::FdRef{}; }

  void pass_on() override {
    answers_.post(poster_, results_);
    const os::IoState state = results_.flush();
    congested_ = state == os::IoState::would_block;
    pass_on_at_ = os::kNever;
    if (state == os::IoState::closed) abandon();
  }

 private:
  using Work = std::variant<Task, Batch>;

  /// All processes that have been stopped, and when they were told to.
  struct Suspension {
    os::Time since;
    os::StoppedDescendants processes;
  };

  void take_orders() {
    if (tasks_.fill() == os::IoState::closed) return abandon();
    while (const auto frame = tasks_.next()) {
      DownFrame order = decode_down(*frame);
      if (auto* task = std::get_if<Task>(&order)) {
        backlog_.emplace_back(std::move(*task));
      } else if (auto* batch = std::get_if<Batch>(&order)) {
        backlog_.emplace_back(std::move(*batch));
      } else {
        obey(std::get<Order>(order));
      }
    }
  }

  void obey(Order order) {
    switch (order) {
      case Order::suspend:
        return suspend();
      case Order::resume:
        return resume();
      case Order::cancel:
        wish_ = std::max(wish_, Wish::cancel);
        [[fallthrough]];
      case Order::recall:
        recalled_ = true;
        give_back_backlog();
    }
  }

  void suspend() {
    constexpr std::chrono::seconds kStopTime{2};
    if (suspended_) return;
    const os::Time now = os::Clock::now();
    suspended_.emplace(Suspension{now, os::StoppedDescendants::stop(now + kStopTime)});
    post(Suspended{});
    pass_on();
  }

  void resume() {
    if (!suspended_) return;
    suspended_->processes.go_on();
    os::Clock::forget_since(suspended_->since);
    suspended_.reset();
  }

  void run(const Task& task) { ended(executors_.of(task.executor).run(task, *this)); }

  void run(const Batch& batch) { executors_.of_batches(batch.common.executor).run(batch, *this); }

  template <class Frame>
  void post(const Frame& frame) {
    answers_.post(poster_, results_);
    expect_to_pass_on();
    poster_.post(results_, frame);
    pass_on_if_much();
  }

  void post_answers() {
    answers_.post(poster_, results_);
    pass_on_if_much();
  }

  void expect_to_pass_on() {
    if (pass_on_at_ == os::kNever) pass_on_at_ = os::Clock::now() + kBatchTime;
  }

  void pass_on_if_much() {
    if (results_.unsent() >= kBatchBytes) pass_on();
  }

  /// Results of tasks, and answers at last when there is nothing more to do.
  void send_what_is_due() {
    if (results_.unsent() > 0 || backlog_.empty() || os::Clock::now() >= pass_on_at_) send_all();
  }

  /// Sends all that is to be sent, and waits for the parent to take it, unless it says that it will not.
  void send_all() {
    pass_on();
    while (congested_ && !parent_gone_) {
      os::PollSet watched;
      const size_t taken = watched.add(results_.fd(), os::PollSet::kWritable);
      const size_t orders = watched.add(tasks_.fd(), os::PollSet::kReadable);
      watched.wait(os::kNever);
      if (watched.ready(orders)) read_orders();
      if (watched.ready(taken)) pass_on();
    }
  }

  void give_back_backlog() {
    for (const Work& work : backlog_) std::visit([this](const auto& what) { give_back(what); }, work);
    backlog_.clear();
  }

  void give_back(const Task& task) { give_back(task.number, 1); }
  void give_back(const Batch& batch) { give_back(batch.common.number, batch.count); }

  /// The parent has gone, or wants us gone.
  void abandon() {
    parent_gone_ = true;
    congested_ = false;
    wish_ = Wish::end_now;
    backlog_.clear();
  }

  Connection tasks_;
  Connection results_;
  os::SignalSource child_ends_{{SIGCHLD}};
  Residents residents_;
  Executors executors_;
  FramePoster poster_;
  AnswerBox answers_;
  std::deque<Work> backlog_;
  std::optional<Suspension> suspended_;
  Wish wish_ = Wish::go_on;
  bool recalled_ = false;
  bool parent_gone_ = false;
  bool starved_ = false;    ///< a task could not be begun: nothing more is
  bool congested_ = false;  ///< the parent does not take all that it is to be sent
  os::Time pass_on_at_ = os::kNever;
};

void leave_the_parents_world(const Connection& tasks, const Connection& results, const WorkerOptions& options) {
  os::close_as_exec_would({tasks.fd(), results.fd()});
  os::lead_own_process_group();
  os::become_subreaper();
  os::go_on_without_parent();  // to end what is left
  os::name_this_process(("mpr-worker-" + std::to_string(options.slot)).c_str());
  if (options.isolated) (void)os::mount_own_proc();
  const os::UniqueFd null = os::open_null();
  // The output of mpr is not ours to hold open.
  os::redirect(os::kStdin, null);
  os::redirect(os::kStdout, null);
  // Writing to a parent that has gone, or to a file at its limit, is an error that we see, not a signal that ends us
  // before our task. Nor do those end us that are meant for mpr and come to all that is called so, or the SIGHUP that
  // the kernel sends when mpr dies while we are stopped (setpgid(2), orphaned process groups): we end when our queue
  // does, and nothing is left then.
  os::block_only({SIGPIPE, SIGXFSZ, SIGHUP, SIGINT, SIGTERM, SIGQUIT});
  // Inherited as ignored, it would keep the kernel from telling how tasks end.
  os::default_signal(SIGCHLD);
}

}  // namespace

int worker_main(Connection tasks, Connection results, const WorkerOptions& options) {
  leave_the_parents_world(tasks, results, options);
  const os::ChildrenAtHand at_hand;
  Worker{std::move(tasks), std::move(results), options}.run();
  return 0;
}

}  // namespace mpr::worker
