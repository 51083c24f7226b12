// Connection: one end of a pipe that carries whole messages and typed values, as in Python's multiprocessing.
//
//   auto [mine, its] = mpr::make_pipe();
//   mpr::Process child([](mpr::Connection parent) { parent.send(parent.recv<int>().value() + 1); }, std::move(its));
//   child.start();
//   mine.send(41);
//   mine.recv<int>();                             // 42; nothing (nullopt) when the other side has closed or died
//
// Values travel by Codec: recv<T>() takes what send(T) sent. An event loop uses it as the FrameStream that it is.
//
// Ownership: move-only; closes its end in the destructor.
// Errors: ConnectionClosed from sending when nobody can receive any more (never SIGPIPE, but see flush()). TimeoutError
//   from a receive whose deadline is past. CodecError for a message that is no T; the message is gone, and the next can
//   be received. std::logic_error for an end that is closed or works the other way. std::system_error for the rest. A
//   message cut off by the death of its sender is never delivered: the connection just ends.
// Threads: one at a time may send, and one at a time receive.
// Processes: an end belongs to one process; move it into the arguments of a Process to give it to the child. When the
//   child first uses it, its inherited copy of the other end is let go of, so that either side sees the death of the
//   other. Copies of other pipes' ends that were open at start() stay open as long as the child lives, and keep the
//   other sides of those from seeing an end: make such pipes after start(), or close them in the child. Two processes
//   must not send on one end, or receive from one: Queue is for many.
// Units: deadlines are of the steady clock. One that is past means "without waiting".
// Limits: a message has at most 2^32 - 2 bytes. Two sides that both send more than the kernel takes (64 KiB or more)
//   before either receives wait for each other for ever: use the forms with a deadline, or the event loop.
//
// Unlike Python: poll() is true only when the whole message is there, because the reading end reads ahead: receiving it
//   does not wait. A forked child cannot use both ends of a pipe, because then it would never see the end of it. The
//   end of a connection is a result of receiving, not an exception, because it comes every time.
#pragma once

#include <chrono>
#include <string_view>

#include "mpr/codec.hpp"
#include "mpr/errors.hpp"
#include "mpr/frame_stream.hpp"
#include "os/clock.hpp"

namespace mpr {

namespace codec {

/// What is sent as the std::string that it stands for.
template <class T>
concept Text = std::convertible_to<const T&, const char*> &&(std::is_array_v<T> || std::is_pointer_v<T>);

}  // namespace codec

class Connection : public FrameStream {
 public:
  using FrameStream::FrameStream;

  /// Sends a value and all that was posted before it; waits until the pipe has taken everything.
  template <class T>
  requires(!codec::Text<T>) void send(const T& value) {
    post_value(value);
    send_posted(os::kNever);
  }
  void send(std::string_view text) { send_bytes(std::as_bytes(std::span{text})); }
  /// False when not everything was taken in time. It is not withdrawn, as part of it may be out: what is left goes
  /// first with the next send or flush().
  template <class T>
  requires(!codec::Text<T>) [[nodiscard]] bool send_until(const T& value, os::Time deadline) {
    post_value(value);
    return send_posted(deadline);
  }
  [[nodiscard]] bool send_until(std::string_view text, os::Time deadline) {
    return send_bytes_until(std::as_bytes(std::span{text}), deadline);
  }
  template <class T>
  [[nodiscard]] bool send_for(const T& value, os::Duration time) {
    return send_until(value, os::later(os::Clock::now(), time));
  }

  /// Waits for a value; nothing when the other side has closed.
  template <class T>
  [[nodiscard]] std::optional<T> recv() {
    return recv_until<T>(os::kNever);
  }
  template <class T>
  [[nodiscard]] std::optional<T> recv_until(os::Time deadline) {
    const auto message = recv_bytes_until(deadline);
    return message ? std::optional<T>(Codec<T>::decode(*message)) : std::nullopt;
  }
  template <class T>
  [[nodiscard]] std::optional<T> recv_for(os::Duration time) {
    return recv_until<T>(os::later(os::Clock::now(), time));
  }

  void send_bytes(Bytes message);
  [[nodiscard]] bool send_bytes_until(Bytes message, os::Time deadline);
  [[nodiscard]] bool send_bytes_for(Bytes message, os::Duration time) {
    return send_bytes_until(message, os::later(os::Clock::now(), time));
  }

  /// Valid until the next call that receives or polls.
  [[nodiscard]] std::optional<Bytes> recv_bytes() { return recv_bytes_until(os::kNever); }
  [[nodiscard]] std::optional<Bytes> recv_bytes_until(os::Time deadline);
  [[nodiscard]] std::optional<Bytes> recv_bytes_for(os::Duration time) {
    return recv_bytes_until(os::later(os::Clock::now(), time));
  }

  /// Answers the size of the message. BufferTooShort has the whole message if it is larger than `into`.
  [[nodiscard]] std::optional<size_t> recv_bytes_into(std::span<std::byte> into) {
    return recv_bytes_into_until(into, os::kNever);
  }
  [[nodiscard]] std::optional<size_t> recv_bytes_into_until(std::span<std::byte> into, os::Time deadline);
  [[nodiscard]] std::optional<size_t> recv_bytes_into_for(std::span<std::byte> into, os::Duration time) {
    return recv_bytes_into_until(into, os::later(os::Clock::now(), time));
  }

  /// Whether receiving would not wait: a whole message (or descriptor) is there, or the connection has ended.
  [[nodiscard]] bool poll() { return poll_until(os::Time::min()); }
  [[nodiscard]] bool poll_until(os::Time deadline);
  [[nodiscard]] bool poll_for(os::Duration time) { return poll_until(os::later(os::Clock::now(), time)); }

  /// Over a duplex connection: sends a copy of a descriptor, in order with the messages.
  void send_fd(os::FdRef fd);
  [[nodiscard]] bool send_fd_until(os::FdRef fd, os::Time deadline);
  [[nodiscard]] bool send_fd_for(os::FdRef fd, os::Duration time) {
    return send_fd_until(fd, os::later(os::Clock::now(), time));
  }
  /// None when the other side has closed. CodecError when a message is next, which stays; likewise the reverse.
  [[nodiscard]] os::UniqueFd recv_fd() { return recv_fd_until(os::kNever); }
  [[nodiscard]] os::UniqueFd recv_fd_until(os::Time deadline);
  [[nodiscard]] os::UniqueFd recv_fd_for(os::Duration time) { return recv_fd_until(os::later(os::Clock::now(), time)); }

 private:
  template <class T>
  void post_value(const T& value) {
    post_by([&](ByteBuffer& to) { Codec<T>::encode(value, to); });
  }
  bool send_posted(os::Time deadline);
  /// False at the end of the connection; TimeoutError.
  bool await_next(os::Time deadline);
};

/// Python's Pipe(): each end sends and receives.
struct DuplexPipe {
  Connection first;
  Connection second;
};
[[nodiscard]] DuplexPipe make_pipe();

/// Python's Pipe(duplex=False). About twice as fast.
struct OneWayPipe {
  Connection reader;
  Connection writer;
};
[[nodiscard]] OneWayPipe make_one_way_pipe();

}  // namespace mpr
