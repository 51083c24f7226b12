// What another process may send to a FrameStream, cut anywhere: p through a pipe, s through a socket; then, for each
// piece, a byte that says how long it is (the lower seven bits) and whether a descriptor goes with it (the eighth).
#include <algorithm>
#include <cstring>

#include "fuzz_input.hpp"
#include "mpr/errors.hpp"
#include "mpr/frame_stream.hpp"
#include "os/pipe.hpp"
#include "os/socket.hpp"

namespace {

using namespace mpr;
using test::require;
using Bytes = std::span<const std::byte>;

class Check {
 public:
  Check(os::UniqueFd reader, os::UniqueFd writer, bool socket)
      : stream_(std::move(reader)), writer_(std::move(writer)), socket_(socket) {
    stream_.set_nonblocking();
  }

  /// Whether more may follow.
  bool send(Bytes piece, bool with_descriptor) {
    if (piece.empty()) return true;
    const os::FdRef own = writer_;
    const std::span<const os::FdRef> descriptors(&own, socket_ && with_descriptor ? 1 : 0);
    const auto sent = socket_ ? os::send_some(writer_, piece, descriptors) : os::write_some(writer_, piece);
    require(sent.state == os::IoState::done && sent.bytes == piece.size(), "there is room for what is sent");
    sent_.insert(sent_.end(), piece.begin(), piece.end());
    descriptors_ += descriptors.size();
    while (stream_.fill() == os::IoState::done) {
    }
    while (stream_.has_next())
      if (!take()) return false;
    require_waiting();
    return true;
  }

 private:
  [[nodiscard]] uint32_t length() const {
    uint32_t length = 0;
    std::memcpy(&length, sent_.data() + taken_, sizeof length);
    return length;
  }

  /// Takes what a plain reading of the bytes says is next. False when it is refused.
  bool take() {
    require(sent_.size() - taken_ >= sizeof(uint32_t), "nothing comes before its length");
    return length() == UINT32_MAX ? take_descriptor() : take_message();
  }

  bool take_message() {
    const auto message = stream_.next();
    const Bytes left = Bytes{sent_}.subspan(taken_ + sizeof(uint32_t));
    require(message.has_value() && message->size() == length(), "a message has the length that was said");
    require(message->size() <= left.size(), "a message has come before it is given out");
    require(std::equal(message->begin(), message->end(), left.begin()), "a message is what was sent");
    taken_ += sizeof(uint32_t) + message->size();
    return true;
  }

  bool take_descriptor() {
    try {
      const os::UniqueFd descriptor = stream_.next_fd();
      require(static_cast<bool>(descriptor), "a descriptor is open");
      require(descriptors_-- > 0, "a descriptor has been sent");
      taken_ += sizeof(uint32_t);
      return true;
    } catch (const CodecError&) {
      require(descriptors_ == 0, "a descriptor that was sent is given out");
      return false;
    }
  }

  void require_waiting() {
    const size_t left = sent_.size() - taken_;
    require(left < sizeof(uint32_t) || (length() != UINT32_MAX && left - sizeof(uint32_t) < length()),
            "all that has come is given out");
    require(!stream_.next() && !stream_.next_fd(), "nothing is given out before it has come");
  }

  FrameStream stream_;
  os::UniqueFd writer_;
  bool socket_;
  std::vector<std::byte> sent_;
  size_t taken_ = 0;        // of sent_
  size_t descriptors_ = 0;  // sent, and not taken
};

void send_pieces(Check& check, Bytes bytes) {
  while (!bytes.empty()) {
    const auto control = std::to_integer<unsigned>(bytes.front());
    bytes = bytes.subspan(1);
    const size_t size = std::min<size_t>(control & 0x7fU, bytes.size());
    if (!check.send(bytes.first(size), (control & 0x80U) != 0)) return;
    bytes = bytes.subspan(size);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const Bytes bytes = std::as_bytes(std::span(data + 1, size - 1));
  if (data[0] == 'p') {
    os::Pipe pipe = os::make_pipe();
    Check check(std::move(pipe.reader), std::move(pipe.writer), false);
    send_pieces(check, bytes);
  } else if (data[0] == 's') {
    os::SocketPair pair = os::make_socket_pair();
    Check check(std::move(pair.first), std::move(pair.second), true);
    send_pieces(check, bytes);
  }
  return 0;
}
