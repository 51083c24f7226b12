// ResultStream: the results of Pool::imap and imap_unordered, one by one, while the input is still being read.
//
//   for (int square : pool.imap(square_of, numbers)) ...
//   while (auto result = stream.next()) use(*result);
//
// The input is read by the thread that takes the results, never further ahead than the workers can use soon (some
// dozens of chunks for each worker, and a few megabytes), so it may be endless; it is read only when a result is asked
// for.
//
// Ownership: move-only. An input given as an lvalue must outlive the stream. The destructor drops what has not been
//   started; what runs goes on for nobody.
// Errors: next() throws what the input threw, at its place, and what came of a chunk at the chunk's place: RemoteError,
//   WorkerLost, TaskTimeout, PoolClosed. The stream goes on behind it.
// Threads: one at a time. Processes: in a forked child it cannot be used.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "mpr/pool_call.hpp"
#include "os/clock.hpp"

namespace mpr {

namespace pool {

/// A batch whose items arrive bit by bit, and whose results leave so. Without their types.
class StreamBatch final : public Batch {
 public:
  struct Part {
    uint32_t count = 0;
    ByteBuffer results;
    std::exception_ptr failure;
  };

  StreamBatch(RunChunk runner, ByteBuffer function_bytes, bool ordered)
      : Batch(runner, std::move(function_bytes)), ordered_(ordered) {}

  [[nodiscard]] uint64_t chunks() const override { return staged_; }
  [[nodiscard]] bool more_to_come() const override { return !input_ended_; }
  [[nodiscard]] uint64_t first_item(uint64_t chunk) const override { return chunk; }
  [[nodiscard]] Chunk chunk(uint64_t number, ByteBuffer& scratch) override;
  void ended(uint64_t number, uint32_t count, Bytes results, const std::exception_ptr& failure) override;
  void abandoned(const std::exception_ptr& why) override;

  // With the pool's lock held:
  void stage(ByteBuffer items, uint32_t count);
  void end_input(const std::exception_ptr& failure);
  [[nodiscard]] bool has_room(uint64_t most_chunks) const;
  /// Whether take() has something to say.
  [[nodiscard]] bool ready() const;
  /// The next part; nothing at the end.
  [[nodiscard]] std::optional<Part> take();

 private:
  struct Waiting {
    ByteBuffer items;
    uint32_t count = 0;
    std::exception_ptr failure;  ///< of the input, at this place
  };

  bool ordered_;
  bool input_ended_ = false;
  uint64_t staged_ = 0;                  ///< chunks, ever
  uint64_t taken_ = 0;                   ///< of them, by the reader
  size_t staged_bytes_ = 0;              ///< in waiting_
  std::map<uint64_t, Waiting> waiting_;  ///< not ended
  std::map<uint64_t, Part> parts_;       ///< ended, not taken
  std::exception_ptr why_abandoned_;
};

/// Appends the next item of the input; false at its end.
using PullItem = std::function<bool(ByteBuffer&)>;

/// ResultStream without its type.
class Stream {
 public:
  Stream(std::shared_ptr<Engine> engine, std::shared_ptr<StreamBatch> batch, PullItem pull, uint32_t chunk_items);
  Stream(Stream&&) noexcept = default;
  Stream& operator=(Stream&&) = delete;
  ~Stream();

  /// The next chunk's results; nothing at the end. Throws TimeoutError.
  std::optional<StreamBatch::Part> next(std::chrono::steady_clock::time_point deadline);

 private:
  void read_ahead();

  std::shared_ptr<Engine> engine_;
  std::shared_ptr<StreamBatch> batch_;
  PullItem pull_;
  uint32_t chunk_items_;
  bool input_ended_ = false;
};

}  // namespace pool

template <class Result>
class ResultStream {
 public:
  using Clock = std::chrono::steady_clock;

  explicit ResultStream(pool::Stream stream) : stream_(std::move(stream)) {}

  /// The next result; nothing at the end.
  std::optional<Result> next() { return next_until(Clock::time_point::max()); }
  /// Throws TimeoutError when it is not there in time; it can be asked for again.
  std::optional<Result> next_until(Clock::time_point deadline);
  std::optional<Result> next_for(std::chrono::nanoseconds time) { return next_until(os::later(Clock::now(), time)); }

  class Iterator {
   public:
    using value_type = Result;
    using difference_type = std::ptrdiff_t;

    explicit Iterator(ResultStream& stream) : stream_(&stream), current_(stream.next()) {}
    Result& operator*() const { return *current_; }
    Iterator& operator++() {
      current_ = stream_->next();
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const Iterator& it, std::default_sentinel_t) { return !it.current_; }

   private:
    ResultStream* stream_;
    mutable std::optional<Result> current_;
  };
  Iterator begin() { return Iterator{*this}; }
  [[nodiscard]] std::default_sentinel_t end() const { return {}; }

 private:
  pool::Stream stream_;
  std::vector<Result> results_;  ///< of the last chunk
  size_t given_out_ = 0;
  std::exception_ptr failure_;  ///< behind them
};

template <class Result>
std::optional<Result> ResultStream<Result>::next_until(Clock::time_point deadline) {
  for (;;) {
    if (given_out_ < results_.size()) return std::move(results_[given_out_++]);
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
    auto part = stream_.next(deadline);
    if (!part) return std::nullopt;
    results_ = pool::take_results<Result>(part->count, part->results);
    given_out_ = 0;
    failure_ = part->failure;
  }
}

}  // namespace mpr
