#include "pool/worker.hpp"

#include "os/clock.hpp"
#include "os/descendants.hpp"
#include "os/signals.hpp"
#include "pool/frames.hpp"
#include "spin.hpp"

namespace mpr::pool {
namespace {

class BoardProgress final : public Progress {
 public:
  BoardProgress(Board& board) : Progress(board.item), board_(board) {}  // NOLINT(google-explicit-constructor)

  void watch(uint64_t sequence, bool timed) {
    ticket_ = &board_.ticket(sequence);
    careful_ = timed;
  }
  /// The owner is about to kill this process, or finds that it looked a moment too late.
  void await_verdict() const {
    while (ticket_->load() == Ticket::condemned) os::sleep_for(std::chrono::milliseconds(1));
  }
  void begin_slowly() override {
    board_.item_began.store(os::Clock::now().time_since_epoch().count());
    await_verdict();
  }

 private:
  Board& board_;
  std::atomic<Ticket>* ticket_ = nullptr;
};

class Worker {
 public:
  Worker(Connection tasks, Connection results, Board& board, const WorkerOptions& options)
      : tasks_(std::move(tasks)), results_(std::move(results)), board_(board), options_(options), progress_(board) {}

  int run() {
    if (!initialize()) return 1;
    while (!worn_out()) {
      const auto frame = next_frame();
      if (!frame) return 0;
      run_chunk(*frame);
    }
    return 0;
  }

 private:
  [[nodiscard]] bool worn_out() const { return options_.most_tasks != 0 && calls_ >= options_.most_tasks; }

  bool initialize() try {
    if (options_.initializer) options_.initializer();
    board_.ready.store(true);
    return true;
  } catch (...) {
    ByteBuffer exception;
    put_exception(exception, std::current_exception());
    send({0, 0, 0, Outcome::initializer_threw}, exception);
    return false;
  }

  std::optional<Bytes> next_frame() {
    if (const auto frame = tasks_.next()) return frame;
    spin_until([&] { return board_.given.load(std::memory_order_relaxed) != given_; });
    given_ = board_.given.load(std::memory_order_relaxed);
    while (tasks_.fill() != os::IoState::closed) {
      if (const auto frame = tasks_.next()) return frame;
    }
    return std::nullopt;
  }

  void run_chunk(Bytes frame) {
    const auto header = take_header(frame, &ChunkHeader::function_bytes);
    std::atomic<Ticket>& ticket = board_.ticket(header.sequence);
    board_.item.store(0);
    if (header.timed) board_.item_began.store(os::Clock::now().time_since_epoch().count());
    const bool wanted = change(ticket, Ticket::given, Ticket::started);
    board_.taken.store(header.sequence, std::memory_order_release);
    if (!wanted) return;
    results_of_chunk_.clear();
    progress_.watch(header.sequence, header.timed);
    ResultHeader result{header.sequence, header.count, 0, Outcome::complete};
    try {
      header.run(frame.data(), frame.subspan(header.function_bytes), header.count, progress_, results_of_chunk_);
      result.result_bytes = static_cast<uint32_t>(results_of_chunk_.size());
    } catch (...) {
      result.outcome = Outcome::threw;
      result.count = progress_.item();
      result.result_bytes = static_cast<uint32_t>(results_of_chunk_.size());
      put_exception(results_of_chunk_, std::current_exception());
    }
    calls_ += header.count;
    while (!change(ticket, Ticket::started, Ticket::done)) progress_.await_verdict();
    send(result, results_of_chunk_);
  }

  void send(const ResultHeader& header, Bytes rest) {
    results_.post({bytes_of(header), rest});
    (void)results_.flush();
    board_.sent.fetch_add(1, std::memory_order_release);
  }

  Connection tasks_;
  Connection results_;
  Board& board_;
  const WorkerOptions& options_;
  BoardProgress progress_;
  ByteBuffer results_of_chunk_;
  uint64_t given_ = 0;
  uint64_t calls_ = 0;
};

}  // namespace

int worker_main(Connection tasks, Connection results, Board& board, const WorkerOptions& options) {
  os::name_this_process("mpr-pool-worker");
  os::neglect_signal(SIGINT);
  return Worker{std::move(tasks), std::move(results), board, options}.run();
}

}  // namespace mpr::pool
