#include "mpr/result_stream.hpp"

namespace mpr::pool {
namespace {

constexpr uint64_t kChunksAhead = 32;            // for each worker
constexpr size_t kMostStaged = 4 * 1024 * 1024;  // bytes of input, unless a single chunk has more

}  // namespace

Batch::Chunk StreamBatch::chunk(uint64_t number, ByteBuffer&) {
  const Waiting& waiting = waiting_.at(number);
  if (waiting.failure) std::rethrow_exception(waiting.failure);
  return {waiting.items, waiting.count};
}

void StreamBatch::ended(uint64_t number, uint32_t count, Bytes results, const std::exception_ptr& failure) {
  const auto found = waiting_.find(number);
  staged_bytes_ -= found->second.items.size();
  waiting_.erase(found);
  parts_[number] = {count, ByteBuffer(results.begin(), results.end()), failure};
}

void StreamBatch::abandoned(const std::exception_ptr& why) {
  why_abandoned_ = why;
  waiting_.clear();
}

void StreamBatch::stage(ByteBuffer items, uint32_t count) {
  staged_bytes_ += items.size();
  waiting_[staged_++] = {std::move(items), count, nullptr};
}

void StreamBatch::end_input(const std::exception_ptr& failure) {
  input_ended_ = true;
  // A chunk like any other, but for failing before it is sent.
  if (failure) waiting_[staged_++] = {{}, 0, failure};
}

bool StreamBatch::has_room(uint64_t most_chunks) const {
  return staged_ - taken_ < most_chunks && (waiting_.empty() || staged_bytes_ < kMostStaged);
}

bool StreamBatch::ready() const {
  if (ordered_ ? parts_.contains(taken_) : !parts_.empty()) return true;
  return finished;
}

std::optional<StreamBatch::Part> StreamBatch::take() {
  const auto found = ordered_ ? parts_.find(taken_) : parts_.begin();
  if (found != parts_.end()) {
    Part part = std::move(found->second);
    parts_.erase(found);
    ++taken_;
    return part;
  }
  if (why_abandoned_) return Part{0, {}, std::exchange(why_abandoned_, nullptr)};
  return std::nullopt;
}

Stream::Stream(std::shared_ptr<Engine> engine, std::shared_ptr<StreamBatch> batch, PullItem pull, uint32_t chunk_items)
    : engine_(std::move(engine)), batch_(std::move(batch)), pull_(std::move(pull)), chunk_items_(chunk_items) {}

Stream::~Stream() {
  if (batch_) engine_->cancel(*batch_, Engine::Running::let_go);
}

/// The input's own code runs outside of the lock.
void Stream::read_ahead() {
  const uint64_t most_chunks = kChunksAhead * engine_->workers();
  bool room = false;
  engine_->with_lock([&] { room = !input_ended_ && batch_->has_room(most_chunks); });
  if (!room) return;
  while (room) {
    ByteBuffer items;
    uint32_t count = 0;
    std::exception_ptr failure;
    try {
      while (count < chunk_items_ && pull_(items)) ++count;
      input_ended_ = count < chunk_items_;
    } catch (...) {
      failure = std::current_exception();
      input_ended_ = true;
    }
    engine_->with_lock([&] {
      if (count > 0) batch_->stage(std::move(items), count);
      if (input_ended_) batch_->end_input(failure);
      room = !input_ended_ && batch_->has_room(most_chunks);
    });
  }
  engine_->resume(*batch_);
}

std::optional<StreamBatch::Part> Stream::next(std::chrono::steady_clock::time_point deadline) {
  read_ahead();
  std::optional<StreamBatch::Part> part;
  const bool in_time = engine_->wait_until([this] { return batch_->ready(); }, deadline);
  if (!in_time) throw TimeoutError();
  engine_->with_lock([&] { part = batch_->take(); });
  return part;
}

}  // namespace mpr::pool
