#include "mpr/connection.hpp"

#include <cstdint>
#include <cstring>
#include <limits>

#include "os/pipe.hpp"
#include "os/poll_set.hpp"

namespace mpr {
namespace {

using Length = uint32_t;
constexpr size_t kReadBytes = 64 * 1024;   // a pipe's default capacity: one read can empty it
constexpr size_t kKeepBytes = 256 * 1024;  // larger buffers are given back once they are empty

void give_back_if_large(std::vector<std::byte>& buffer) {
  if (buffer.capacity() > kKeepBytes) std::vector<std::byte>().swap(buffer);
}

}  // namespace

void Connection::post(std::initializer_list<Bytes> parts) {
  size_t size = 0;
  for (const Bytes part : parts) size += part.size();
  if (size > std::numeric_limits<Length>::max()) throw std::length_error("message of 4 GiB or more");
  // A slow reader may never take all: what it has taken is not kept.
  if (sent_ > outgoing_.size() / 2) {
    outgoing_.erase(outgoing_.begin(), outgoing_.begin() + static_cast<std::ptrdiff_t>(std::exchange(sent_, 0)));
  }
  const auto length = static_cast<Length>(size);
  const auto* header = reinterpret_cast<const std::byte*>(&length);
  outgoing_.insert(outgoing_.end(), header, header + sizeof length);
  for (const Bytes part : parts) outgoing_.insert(outgoing_.end(), part.begin(), part.end());
}

os::IoState Connection::flush() {
  while (unsent() > 0) {
    const os::IoResult result = os::write_some(end_, Bytes{outgoing_}.subspan(sent_));
    if (result.state != os::IoState::done) return result.state;
    sent_ += result.bytes;
  }
  outgoing_.clear();
  sent_ = 0;
  give_back_if_large(outgoing_);
  return os::IoState::done;
}

void Connection::send(Bytes message) {
  post(message);
  for (os::IoState state = flush(); state != os::IoState::done; state = flush()) {
    if (state == os::IoState::closed) throw ConnectionClosed();
    os::wait_until_writable(end_);
  }
}

os::IoState Connection::fill() {
  if (begin_ == end_of_data_) begin_ = end_of_data_ = 0;
  if (begin_ == 0 && end_of_data_ == 0) give_back_if_large(incoming_);
  if (incoming_.size() - end_of_data_ < kReadBytes) {
    if (begin_ > 0) {
      std::memmove(incoming_.data(), incoming_.data() + begin_, end_of_data_ - begin_);
      end_of_data_ -= begin_;
      begin_ = 0;
    }
    if (incoming_.size() - end_of_data_ < kReadBytes) incoming_.resize(2 * end_of_data_ + kReadBytes);
  }
  const os::IoResult result = os::read_some(end_, std::span{incoming_}.subspan(end_of_data_));
  if (result.state == os::IoState::done) end_of_data_ += result.bytes;
  return result.state;
}

std::optional<Connection::Bytes> Connection::next() {
  Length length = 0;
  if (end_of_data_ - begin_ < sizeof length) return std::nullopt;
  std::memcpy(&length, incoming_.data() + begin_, sizeof length);
  if (end_of_data_ - begin_ - sizeof length < length) return std::nullopt;
  const Bytes message = Bytes{incoming_}.subspan(begin_ + sizeof length, length);
  begin_ += sizeof length + length;
  return message;
}

std::optional<Connection::Bytes> Connection::receive() {
  for (;;) {
    if (const auto message = next()) return message;
    const os::IoState state = fill();
    if (state == os::IoState::closed) return std::nullopt;
    if (state == os::IoState::would_block) os::wait_until_readable(end_);
  }
}

ConnectionPair make_connection() {
  os::Pipe pipe = os::make_pipe();
  return {Connection{std::move(pipe.reader)}, Connection{std::move(pipe.writer)}};
}

}  // namespace mpr
