#include "job_board.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <stdexcept>

#include "os/futex.hpp"
#include "os/io.hpp"

namespace mpr::job {
namespace {

size_t bytes_of(const Pieces& pieces) {
  size_t bytes = 0;
  for (const std::string_view piece : pieces) bytes += piece.size();
  return bytes;
}

/// Waits while the worker holds us up for one of these reasons.
uint32_t await_free(const Board& board, uint32_t reasons) {
  uint32_t hold = 0;
  while (((hold = board.hold.load()) & reasons) != 0) (void)os::futex_wait(board.hold, hold, os::kNever);
  return hold;
}

}  // namespace

JobBoard::JobBoard(os::FdRef file, os::UniqueFd notices)
    : mapping_(file, os::sealed_size(file)),
      board_(*reinterpret_cast<Board*>(mapping_.data())),
      notices_(std::move(notices)) {
  const size_t bytes = mapping_.size() - std::min(mapping_.size(), kRingOffset);
  if (!std::has_single_bit(bytes) || bytes < 2 * kMostInRecord) throw std::invalid_argument("the board is too small");
  ring_ = {mapping_.data() + kRingOffset, bytes};
}

bool JobBoard::await_leave() {
  for (;;) {
    const uint32_t hold = await_free(board_, kReading);
    if (hold == 0) return true;
    board_.phase.store(2 * tasks_);  // not begun, after all
    if ((hold & kRecall) != 0) return false;
    (void)await_free(board_, kHalt);
    board_.phase.store(2 * tasks_ + 1);
  }
}

void JobBoard::end_call() {
  board_.phase.store(2 * tasks_ + 2);
  (void)await_free(board_, kReading);
}

void JobBoard::answer(AnswerHead head, const Pieces& out, const Pieces& err) {
  const bool large = bytes_of(out) + bytes_of(err) > kMostInRecord;
  if (large) {
    for (const std::string_view piece : out) answer_part(piece, {});
    for (const std::string_view piece : err) answer_part({}, piece);
  }
  put(head, large ? Pieces{} : out, large ? Pieces{} : err);
  ++tasks_;
}

void JobBoard::answer_part(std::string_view out, std::string_view err) {
  AnswerHead head;
  head.flags = AnswerHead::part;
  while (!out.empty() || !err.empty()) {
    const std::string_view now_out = out.substr(0, kMostInRecord / 2);
    const std::string_view now_err = err.substr(0, kMostInRecord / 2);
    put(head, {now_out}, {now_err});
    out.remove_prefix(now_out.size());
    err.remove_prefix(now_err.size());
  }
}

void JobBoard::put(const AnswerHead& head, const Pieces& out, const Pieces& err) {
  AnswerHead sized = head;
  sized.out = static_cast<uint32_t>(bytes_of(out));
  sized.err = static_cast<uint32_t>(bytes_of(err));
  const size_t bytes = record_bytes(sized);
  if (ring_.size() - (produced_ - consumed_seen_) < bytes) make_room(bytes);
  uint64_t to = produced_;
  copy(to, &sized, sizeof sized);
  to += sizeof sized;
  for (const Pieces* pieces : {&out, &err}) {
    for (const std::string_view piece : *pieces) {
      copy(to, piece.data(), piece.size());
      to += piece.size();
    }
  }
  produced_ += bytes;
  board_.produced.store(produced_, std::memory_order_release);
}

void JobBoard::copy(uint64_t to, const void* from, size_t bytes) {
  if (bytes == 0) return;
  const size_t offset = to & (ring_.size() - 1);
  const size_t first = std::min(bytes, ring_.size() - offset);
  std::memcpy(ring_.data() + offset, from, first);
  if (first < bytes) std::memcpy(ring_.data(), static_cast<const std::byte*>(from) + first, bytes - first);
}

void JobBoard::make_room(size_t bytes) {
  const auto full = [&] {
    consumed_seen_ = board_.consumed.load();
    return ring_.size() - (produced_ - consumed_seen_) < bytes;
  };
  while (full()) {
    notify();
    board_.no_room.store(1);
    if (full()) (void)os::futex_wait(board_.no_room, 1, os::kNever);
  }
}

bool JobBoard::really_half_full() const {
  consumed_seen_ = board_.consumed.load(std::memory_order_acquire);
  return produced_ - consumed_seen_ >= ring_.size() / 2;
}

void JobBoard::notify() {
  const std::byte byte{1};
  (void)os::write_some(notices_, {&byte, 1});  // a pipe that is full says as much
  notified_ = produced_;
}

}  // namespace mpr::job
