// FrameStream: whole messages (frames) and descriptors over one descriptor, for an event loop. Connection waits, too.
//
//   stream.post(bytes);
//   if (stream.flush() == os::IoState::would_block) poller.watch(stream.fd(), Poller::kWritable, token);
//   while (stream.fill() == os::IoState::done) while (auto message = stream.next()) use(*message);
//
// A frame on the wire is its length (4 bytes, this machine's byte order) and then its bytes. An empty message is a
// message. The greatest length stands for a descriptor, which comes with it and has no bytes.
//
// Ownership: move-only; closes its end in the destructor. What is unsent then is lost.
// Errors: std::logic_error for sending where one can only receive, and the reverse. std::system_error for the rest;
// also
//   for descriptors on an end that is no socket.
// Threads: one at a time may post and flush, and one at a time fill and take what comes.
// Processes: an end belongs to one process: it reads ahead, and frames of two writers would mix (Queue is for many).
// The
//   first use of an end in a forked child (its fd() is none) lets go of the child's copy of the other end.
//   flush() of a pipe that nobody reads raises SIGPIPE, which an event loop has blocked or ignored.
// Limits: a message has at most 2^32 - 2 bytes (std::length_error).
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "os/io.hpp"
#include "os/peer_end.hpp"
#include "os/unique_fd.hpp"

namespace mpr {

class FrameStream {
 public:
  using Bytes = std::span<const std::byte>;

  /// Takes over a pipe's end or a socket. std::system_error if it is not open.
  explicit FrameStream(os::UniqueFd end, os::PeerEnd peer = {});

  [[nodiscard]] os::FdRef fd() const { return end_; }
  void close() { end_.reset(); }
  [[nodiscard]] bool closed() const { return !end_; }
  /// What this end is for, closed or not.
  [[nodiscard]] bool readable() const { return open_for_.reading; }
  [[nodiscard]] bool writable() const { return open_for_.writing; }
  void set_nonblocking();

  /// Adds a message to those to be sent by flush(). No system call.
  void post(Bytes message);
  /// The same, of a message in several parts.
  void post(std::initializer_list<Bytes> parts);
  /// Adds the message that `write` appends to the buffer it is given; none if it throws.
  template <std::invocable<std::vector<std::byte>&> Write>
  void post_by(Write&& write) {
    const size_t begin = begin_frame();
    try {
      std::forward<Write>(write)(outgoing_);
      end_frame(begin);
    } catch (...) {
      outgoing_.resize(begin);
      throw;
    }
  }
  /// Adds a copy of a descriptor, in order with the messages. The caller may close its own at once.
  void post_fd(os::FdRef fd);
  /// Writes what the other side takes: done when nothing is left, would_block, or closed when nobody reads any more.
  os::IoState flush();
  [[nodiscard]] size_t unsent() const { return outgoing_.size() - sent_; }

  /// Reads once, what there is: done, would_block, or closed at the end.
  os::IoState fill();
  /// The next whole message that has been read. Valid until the next fill(). CodecError if a descriptor is next.
  [[nodiscard]] std::optional<Bytes> next();
  /// The next descriptor, if that is what comes next and has been read; otherwise none, or CodecError if a message is
  /// next. std::system_error (EMFILE) if this process could not take it; it is lost then.
  [[nodiscard]] os::UniqueFd next_fd();
  /// Whether a whole message or a descriptor has been read and is to be taken.
  [[nodiscard]] bool has_next() const;

 protected:
  enum class Sigpipe { as_it_is, held_back };
  /// One write, of `most` bytes at most and no further than to the next descriptor.
  os::IoState write_once(size_t most, Sigpipe sigpipe);
  /// To be called before waiting; in a forked child, lets go of the other end.
  void require_readable();
  void require_writable();

 private:
  struct Departing {
    size_t at;  ///< where its frame begins in outgoing_
    os::UniqueFd fd;
  };

  enum class Next { nothing, message, descriptor };

  void make_ready_to_post();
  size_t begin_frame();
  void forget_sent();
  void end_frame(size_t begin);
  [[nodiscard]] Next what_is_next(uint32_t& length) const;

  os::UniqueFd end_;
  os::OpenFor open_for_;
  bool socket_;
  std::vector<std::byte> outgoing_;
  size_t sent_ = 0;
  std::vector<std::byte> incoming_;
  size_t begin_ = 0;  ///< of what was read and not yet given out
  size_t end_of_data_ = 0;
  std::vector<Departing> departing_;
  std::vector<os::UniqueFd> arrived_;  ///< whose frames have not been given out
  os::PeerEnd peer_;
};

}  // namespace mpr
