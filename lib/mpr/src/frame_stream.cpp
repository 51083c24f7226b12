#include "mpr/frame_stream.hpp"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <system_error>

#include "mpr/errors.hpp"
#include "os/socket.hpp"

namespace mpr {
namespace {

using Length = uint32_t;
constexpr Length kDescriptor = std::numeric_limits<Length>::max();
constexpr size_t kReadBytes = 64 * 1024;   // a pipe's default capacity: one read can empty it
constexpr size_t kKeepBytes = 256 * 1024;  // larger buffers are given back once they are empty

void give_back_if_large(std::vector<std::byte>& buffer) {
  if (buffer.capacity() > kKeepBytes) std::vector<std::byte>().swap(buffer);
}

void require_length(size_t bytes) {
  if (bytes >= kDescriptor) throw std::length_error("a message of 4 GiB or more");
}

[[noreturn, gnu::cold]] void refuse_kind(const char* what) {
  throw CodecError(what);
}

}  // namespace

FrameStream::FrameStream(os::UniqueFd end, os::PeerEnd peer)
    : end_(std::move(end)), open_for_(os::open_for(end_)), socket_(os::is_socket(end_)), peer_(peer) {}

void FrameStream::set_nonblocking() {
  peer_.let_go_if_forked(end_);
  os::set_nonblocking(end_);
}

void FrameStream::require_readable() {
  if (!readable()) throw std::logic_error("this end of the connection can only send");
  if (closed()) throw std::logic_error("this end of the connection has been closed");
  peer_.let_go_if_forked(end_);
}

void FrameStream::require_writable() {
  if (!writable()) throw std::logic_error("this end of the connection can only receive");
  if (closed()) throw std::logic_error("this end of the connection has been closed");
  peer_.let_go_if_forked(end_);
}

void FrameStream::forget_sent() {
  outgoing_.erase(outgoing_.begin(), outgoing_.begin() + static_cast<std::ptrdiff_t>(sent_));
  for (Departing& each : departing_) each.at -= sent_;
  sent_ = 0;
}

inline void FrameStream::make_ready_to_post() {
  if (!writable()) require_writable();
  // A slow reader may never take all: what it has taken is not kept.
  if (sent_ > outgoing_.size() / 2) forget_sent();
}

size_t FrameStream::begin_frame() {
  make_ready_to_post();
  outgoing_.resize(outgoing_.size() + sizeof(Length));
  return outgoing_.size() - sizeof(Length);
}

void FrameStream::end_frame(size_t begin) {
  const size_t bytes = outgoing_.size() - begin - sizeof(Length);
  require_length(bytes);
  const auto length = static_cast<Length>(bytes);
  std::memcpy(outgoing_.data() + begin, &length, sizeof length);
}

void FrameStream::post(std::initializer_list<Bytes> parts) {
  post_by([&](std::vector<std::byte>& to) {
    for (const Bytes part : parts) to.insert(to.end(), part.begin(), part.end());
  });
}

void FrameStream::post(Bytes message) {
  require_length(message.size());
  make_ready_to_post();
  const auto length = static_cast<Length>(message.size());
  const auto* header = reinterpret_cast<const std::byte*>(&length);
  outgoing_.insert(outgoing_.end(), header, header + sizeof length);
  try {
    outgoing_.insert(outgoing_.end(), message.begin(), message.end());
  } catch (...) {  // no memory: a length without its message would be read as part of the next
    outgoing_.resize(outgoing_.size() - sizeof length);
    throw;
  }
}

void FrameStream::post_fd(os::FdRef fd) {
  if (!socket_) throw std::logic_error("descriptors travel over duplex connections alone");
  os::UniqueFd copy = os::duplicate(fd);
  departing_.reserve(departing_.size() + 1);
  const size_t begin = begin_frame();
  std::memcpy(outgoing_.data() + begin, &kDescriptor, sizeof kDescriptor);
  departing_.push_back({begin, std::move(copy)});
}

os::IoState FrameStream::write_once(size_t most, Sigpipe sigpipe) {
  peer_.let_go_if_forked(end_);
  Bytes bytes = Bytes{outgoing_}.subspan(sent_);
  if (bytes.size() > most) bytes = bytes.first(most);
  os::IoResult result;
  if (!socket_) {
    result = sigpipe == Sigpipe::as_it_is ? os::write_some(end_, bytes) : os::write_some_quietly(end_, bytes);
  } else if (departing_.empty() || departing_.front().at > sent_) {
    if (!departing_.empty() && departing_.front().at - sent_ < bytes.size()) {
      bytes = bytes.first(departing_.front().at - sent_);
    }
    result = os::send_some(end_, bytes);
  } else {
    const os::FdRef fd = departing_.front().fd;
    result = os::send_some(end_, bytes.first(sizeof kDescriptor), {&fd, 1});
    if (result.state == os::IoState::done) departing_.erase(departing_.begin());
  }
  if (result.state == os::IoState::done) sent_ += result.bytes;
  if (unsent() > 0) return result.state;
  outgoing_.clear();
  sent_ = 0;
  give_back_if_large(outgoing_);
  return result.state;
}

os::IoState FrameStream::flush() {
  while (unsent() > 0) {
    const os::IoState state = write_once(unsent(), Sigpipe::as_it_is);
    if (state != os::IoState::done) return state;
  }
  return os::IoState::done;
}

os::IoState FrameStream::fill() {
  peer_.let_go_if_forked(end_);
  if (begin_ == end_of_data_) {
    begin_ = end_of_data_ = 0;
    give_back_if_large(incoming_);
  }
  if (incoming_.size() - end_of_data_ < kReadBytes) {
    if (begin_ > 0) {
      std::memmove(incoming_.data(), incoming_.data() + begin_, end_of_data_ - begin_);
      end_of_data_ -= begin_;
      begin_ = 0;
    }
    if (incoming_.size() - end_of_data_ < kReadBytes) incoming_.resize(2 * end_of_data_ + kReadBytes);
  }
  const std::span<std::byte> room = std::span{incoming_}.subspan(end_of_data_);
  const os::IoResult result = socket_ ? os::receive_some(end_, room, arrived_) : os::read_some(end_, room);
  if (result.state == os::IoState::done) end_of_data_ += result.bytes;
  return result.state;
}

FrameStream::Next FrameStream::what_is_next(uint32_t& length) const {
  const size_t there = end_of_data_ - begin_;
  if (there < sizeof length) return Next::nothing;
  std::memcpy(&length, incoming_.data() + begin_, sizeof length);
  if (length == kDescriptor) return Next::descriptor;
  return there - sizeof length >= length ? Next::message : Next::nothing;
}

bool FrameStream::has_next() const {
  Length length = 0;
  return what_is_next(length) != Next::nothing;
}

std::optional<FrameStream::Bytes> FrameStream::next() {
  Length length = 0;
  const Next what = what_is_next(length);
  if (what == Next::nothing) return std::nullopt;
  if (what == Next::descriptor) refuse_kind("a descriptor, where a message was expected");
  const Bytes message = Bytes{incoming_}.subspan(begin_ + sizeof length, length);
  begin_ += sizeof length + length;
  return message;
}

os::UniqueFd FrameStream::next_fd() {
  Length length = 0;
  const Next what = what_is_next(length);
  if (what == Next::nothing) return {};
  if (what == Next::message || arrived_.empty()) refuse_kind("a message, where a descriptor was expected");
  begin_ += sizeof length;
  os::UniqueFd fd = std::move(arrived_.front());
  arrived_.erase(arrived_.begin());
  if (!fd) throw std::system_error(EMFILE, std::generic_category(), "cannot receive a descriptor");
  return fd;
}

}  // namespace mpr
