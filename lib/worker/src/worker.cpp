#include "worker/worker.hpp"

#include <csignal>
#include <deque>

#include "os/descendants.hpp"
#include "os/descriptors.hpp"
#include "os/poll_set.hpp"
#include "worker/exec_executor.hpp"
#include "worker/frames.hpp"

namespace mpr::worker {
namespace {

constexpr size_t kBatchBytes = 64 * 1024;       // what is sent up in one go, about a pipe's capacity
constexpr size_t kCongestedBytes = 512 * 1024;  // more than this is not read from a task while the parent takes nothing
constexpr std::chrono::milliseconds kBatchTime{10};

class Worker final : public Supervisor {
 public:
  Worker(Connection tasks, Connection results, const WorkerOptions& options)
      : tasks_(std::move(tasks)), results_(std::move(results)), executor_(options) {
    results_.set_nonblocking();
  }

  void run() {
    while (!parent_gone_) {
      if (backlog_.empty()) {
        send_all();
        if (!parent_gone_ && backlog_.empty()) read_orders();
        continue;
      }
      const Task task = std::move(backlog_.front());
      backlog_.pop_front();
      wish_ = Wish::go_on;
      poster_.post(results_, executor_.run(task, *this));
      send_all();
    }
  }

  [[nodiscard]] os::FdRef orders() const override { return parent_gone_ ? os::FdRef{} : tasks_.fd(); }

  void read_orders() override {
    if (tasks_.fill() == os::IoState::closed) return abandon();
    while (const auto frame = tasks_.next()) {
      DownFrame order = decode_down(*frame);
      if (auto* task = std::get_if<Task>(&order)) {
        backlog_.push_back(std::move(*task));
      } else {
        give_back_backlog();
        if (std::get<Order>(order) == Order::cancel) wish_ = std::max(wish_, Wish::cancel);
      }
    }
  }

  [[nodiscard]] Wish wish() const override { return wish_; }

  [[nodiscard]] os::FdRef child_ends() const override { return child_ends_.fd(); }
  void reap_orphans(const os::ProcessHandle& main_process) override {
    while (child_ends_.next()) {
    }
    (void)os::reap_ended_children({main_process.pid()});
  }

  void output(const Task& task, Stream stream, std::span<const std::byte> bytes) override {
    if (results_.unsent() == 0) pass_on_at_ = os::Clock::now() + kBatchTime;
    poster_.post(results_, OutputChunk{task.number, stream, bytes});
    if (results_.unsent() >= kBatchBytes) pass_on();
  }

  [[nodiscard]] bool accepts_output() const override { return results_.unsent() < kCongestedBytes; }
  [[nodiscard]] os::Time pass_on_at() const override { return pass_on_at_; }
  [[nodiscard]] os::FdRef congested_queue() const override { return congested_ ? results_.fd() : os::FdRef{}; }

  void pass_on() override {
    const os::IoState state = results_.flush();
    congested_ = state == os::IoState::would_block;
    pass_on_at_ = os::kNever;
    if (state == os::IoState::closed) abandon();
  }

 private:
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
    for (const Task& task : backlog_) poster_.post(results_, Returned{task.number});
    backlog_.clear();
    pass_on();
  }

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
  ExecExecutor executor_;
  FramePoster poster_;
  std::deque<Task> backlog_;
  Wish wish_ = Wish::go_on;
  bool parent_gone_ = false;
  bool congested_ = false;
  os::Time pass_on_at_ = os::kNever;
};

void leave_the_parents_world(const Connection& tasks, const Connection& results, const WorkerOptions& options) {
  os::lead_own_process_group();
  os::become_subreaper();
  os::name_this_process(("mpr-worker-" + std::to_string(options.slot)).c_str());
  os::close_as_exec_would({tasks.fd(), results.fd()});
  const os::UniqueFd null = os::open_null();
  // The output of mpr is not ours to hold open.
  os::redirect(os::kStdin, null);
  os::redirect(os::kStdout, null);
  // Writing to a parent that has gone is an error that we see, not a signal that ends us before our task.
  os::block_only({SIGPIPE});
  // Inherited as ignored, it would keep the kernel from telling how tasks end.
  os::default_signal(SIGCHLD);
}

}  // namespace

int worker_main(Connection tasks, Connection results, const WorkerOptions& options) {
  leave_the_parents_world(tasks, results, options);
  Worker{std::move(tasks), std::move(results), options}.run();
  return 0;
}

}  // namespace mpr::worker
