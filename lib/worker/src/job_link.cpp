#include "worker/job_link.hpp"

#include <algorithm>
#include <cstring>

#include "os/futex.hpp"
#include "os/io.hpp"

namespace mpr::worker {
namespace {

constexpr size_t kRingBytes = 1024 * 1024;
constexpr size_t kRequestBytes = 256 * 1024;  // that the pipe of requests can hold
constexpr uint16_t kGreatestStatus = 255;

}  // namespace

os::Duration JobAnswer::elapsed() const {
  if (is(job::AnswerHead::in_millis)) return std::chrono::milliseconds{head.time};
  return os::Duration{head.time};
}

JobLink::JobLink()
    : file_(os::make_memory_file(job::kRingOffset + kRingBytes)),
      mapping_(file_, job::kRingOffset + kRingBytes),
      board_(*reinterpret_cast<job::Board*>(mapping_.data())),
      ring_(mapping_.data() + job::kRingOffset, kRingBytes),
      requests_(os::make_pipe()),
      notices_(os::make_pipe()) {
  for (const os::FdRef end : {os::FdRef{requests_.writer}, os::FdRef{notices_.reader}, os::FdRef{notices_.writer}}) {
    os::set_nonblocking(end);
  }
  os::widen_pipe(requests_.writer, kRequestBytes);
}

std::vector<os::FdRef> JobLink::passed(const Capture& capture) const {
  return {requests_.reader, notices_.writer, file_, capture.reader(Stream::out), capture.reader(Stream::err)};
}

std::string JobLink::variable(const Capture& capture) const {
  std::string text = job::kServeVariable;
  char before = '=';
  for (const os::FdRef each : passed(capture)) {
    text += before + std::to_string(each.get());
    before = ',';
  }
  return text;
}

void JobLink::started() {
  requests_.reader.reset();
  notices_.writer.reset();
  file_.reset();
  started_ = os::Clock::now();
}

void JobLink::ask(const job::RequestHead& head, std::span<const std::byte> requests) {
  const auto bytes = std::as_bytes(std::span{&head, 1});
  unsent_.insert(unsent_.end(), bytes.begin(), bytes.end());
  unsent_.insert(unsent_.end(), requests.begin(), requests.end());
  asked_ += head.count;
  flush();
}

void JobLink::flush() {
  size_t sent = 0;
  while (sent < unsent_.size()) {
    const os::IoResult result = os::write_some(requests_.writer, std::span<const std::byte>{unsent_}.subspan(sent));
    if (result.state == os::IoState::closed) sent = unsent_.size();  // it has ended, as will be seen
    if (result.state != os::IoState::done) break;
    sent += result.bytes;
  }
  unsent_.erase(unsent_.begin(), unsent_.begin() + static_cast<ptrdiff_t>(sent));
}

void JobLink::take_notices() {
  std::array<std::byte, 64> bytes;
  (void)os::read_some(notices_.reader, bytes);
}

bool JobLink::look() {
  produced_ = board_.produced.load(std::memory_order_acquire);
  broken_ =
      broken_ || produced_ < consumed_ || produced_ - consumed_ > ring_.size() || produced_ % job::kRecordAlign != 0;
  if (broken_) produced_ = consumed_;
  return produced_ != consumed_;
}

void JobLink::refuse() {
  broken_ = true;
  produced_ = consumed_;
}

std::optional<JobAnswer> JobLink::take() {
  JobAnswer answer;
  std::memcpy(&answer.head, ring_.data() + consumed_ % ring_.size(), sizeof answer.head);
  const size_t bytes = job::record_bytes(answer.head);
  if (bytes > produced_ - consumed_ || taken_ == asked_ || answer.head.status > kGreatestStatus) {
    refuse();
    return std::nullopt;
  }
  const uint64_t text = consumed_ + sizeof answer.head;
  answer.out = bytes_at(text, answer.head.out, scratch_[0]);
  answer.err = bytes_at(text + answer.head.out, answer.head.err, scratch_[1]);
  consumed_ += bytes;
  if (!answer.is(job::AnswerHead::part)) ++taken_;
  return answer;
}

std::span<const std::byte> JobLink::bytes_at(uint64_t offset, size_t bytes, std::vector<std::byte>& scratch) const {
  const size_t from = offset % ring_.size();
  const size_t first = std::min(bytes, ring_.size() - from);
  if (first == bytes) return ring_.subspan(from, bytes);
  scratch.assign(ring_.begin() + static_cast<ptrdiff_t>(from), ring_.end());
  scratch.insert(scratch.end(), ring_.begin(), ring_.begin() + static_cast<ptrdiff_t>(bytes - first));
  return scratch;
}

void JobLink::make_room() {
  board_.consumed.store(consumed_);
  if (board_.no_room.load() == 0) return;
  board_.no_room.store(0);
  os::futex_wake(board_.no_room, 1);
}

os::Time JobLink::began() {
  if (began_for_ != taken_) {
    const os::Time now = os::Clock::now();
    const os::Time said{std::chrono::nanoseconds{board_.began.load(std::memory_order_relaxed)}};
    const os::Time time = os::Clock::of_steady(std::clamp(said, os::Time{}, os::Clock::to_steady(now)));
    began_ = std::clamp(time, std::min(started_, now), now);
    began_for_ = taken_;
  }
  return began_;
}

void JobLink::release(uint32_t reason) {
  board_.hold.fetch_and(~reason);
  os::futex_wake(board_.hold, os::kWakeAll);
}

}  // namespace mpr::worker
