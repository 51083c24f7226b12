// What a Pool's templates and its engine have between them: a batch of work without its types.
//
// A batch is what was submitted by one call: one function, and items for it in chunks 0, 1, 2, ... A chunk is what
// travels; it goes to one worker, and its results come back together.
//
// Threads: the engine calls a batch with the pool's lock held, from whichever thread drives the pool.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <vector>

#include "mpr/codec.hpp"

namespace mpr::pool {

/// Which item of its chunk a worker is at. The owner of the pool sees it, also when the worker has died.
class Progress {
 public:
  virtual void begin_slowly() = 0;
  void begin(uint32_t item) {
    item_.store(item, std::memory_order_relaxed);
    if (careful_) begin_slowly();
  }
  [[nodiscard]] uint32_t item() const { return item_.load(std::memory_order_relaxed); }

 protected:
  explicit Progress(std::atomic<uint32_t>& item) : item_(item) {}
  ~Progress() = default;
  bool careful_ = false;  ///< there is a time limit to watch

 private:
  std::atomic<uint32_t>& item_;
};

/// Runs in the worker: calls the function for `count` items and appends their results, each whole before the next.
using RunChunk = void (*)(const std::byte* function, Bytes items, uint32_t count, Progress& progress,
                          ByteBuffer& results);

class Batch {
 public:
  Batch(RunChunk runner, ByteBuffer function_bytes) : run_(runner), function_(std::move(function_bytes)) {}
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;
  virtual ~Batch() = default;

  [[nodiscard]] RunChunk run() const { return run_; }
  [[nodiscard]] Bytes function() const { return function_; }

  struct Chunk {
    Bytes items;
    uint32_t count = 0;
  };
  /// How many chunks there are so far, and whether there may be more.
  [[nodiscard]] virtual uint64_t chunks() const = 0;
  [[nodiscard]] virtual bool more_to_come() const { return false; }
  /// The number of the chunk's first item.
  [[nodiscard]] virtual uint64_t first_item(uint64_t chunk) const = 0;
  /// The chunk's items, in `scratch` or elsewhere, for the moment. May be asked for again until the chunk has ended.
  /// What it throws is the chunk's failure.
  [[nodiscard]] virtual Chunk chunk(uint64_t number, ByteBuffer& scratch) = 0;
  /// A chunk has ended: the results of its first `count` items and, unless they are all, why there are no more.
  virtual void ended(uint64_t number, uint32_t count, Bytes results, const std::exception_ptr& failure) = 0;
  /// What has not ended never will.
  virtual void abandoned(const std::exception_ptr& why) = 0;

  // What the engine keeps about it.
  std::chrono::nanoseconds timeout{0};  ///< of one call of the function; 0: none
  uint64_t next = 0;                    ///< the first chunk that has not been given to a worker
  uint64_t outstanding = 0;             ///< chunks given and not ended
  bool finished = false;                ///< neither ended() nor abandoned() will be called any more
  bool in_background = false;           ///< to be seen to even when nobody waits
  std::function<void()> when_finished;  ///< called once, with the lock held

 private:
  RunChunk run_;
  ByteBuffer function_;
};

/// What carries batches out.
class Engine {
 public:
  virtual ~Engine() = default;

  /// Throws std::logic_error when the pool is closed, or belongs to another process.
  virtual void submit(std::shared_ptr<Batch> batch) = 0;
  /// Works on what has been submitted until the condition holds, which is evaluated with the lock held; false when the
  /// deadline was first.
  virtual bool wait_until(const std::function<bool()>& condition, std::chrono::steady_clock::time_point deadline) = 0;
  virtual void with_lock(const std::function<void()>& action) = 0;
  /// A batch that had more to come has more chunks now, or has been told that it has no more.
  virtual void resume(Batch& batch) = 0;
  /// Chunks of the batch that have not been started never will be; those that run are ended, with their workers, or go
  /// on for nobody.
  enum class Running : uint8_t { end, let_go };
  virtual void cancel(Batch& batch, Running running) = 0;
  /// To be called with the lock held. It will be run by the pool's thread, without the lock.
  virtual void call_back(std::function<void()> callback) = 0;
  [[nodiscard]] virtual unsigned workers() const = 0;
};

}  // namespace mpr::pool
