// Connection: one end of a pipe that carries whole messages (frames).
//
//   auto [reader, writer] = mpr::make_connection();
//   writer.send(bytes);
//   while (auto message = reader.receive()) use(*message);     // nothing more: the other side has closed
//
// A frame on the wire is its length (4 bytes, this machine's byte order) and then its bytes. An empty message is a
// message.
//
// Two ways to use an end, which may be mixed:
//   blocking      send() and receive();
//   event loop    set_nonblocking(), then post() + flush() when writable, and fill() + next() when readable.
//
// Ownership: move-only; closes its end in the destructor.
// Errors: ConnectionClosed from send() when nobody reads any more (SIGPIPE must be ignored or blocked);
//   std::system_error for the rest. A message cut off by the death of its sender is never delivered: the connection
//   just ends.
// Threads: one thread an end at a time.
// Processes: an end belongs to one process: a reading end reads ahead. After fork, each side closes the end it does not
//   use; a writing end that stays open in another process keeps the reader from ever seeing the end.
// Limits: a message has less than 2^32 bytes.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "mpr/errors.hpp"
#include "os/io.hpp"
#include "os/unique_fd.hpp"

namespace mpr {

class Connection {
 public:
  using Bytes = std::span<const std::byte>;

  explicit Connection(os::UniqueFd end) : end_(std::move(end)) {}

  [[nodiscard]] os::FdRef fd() const { return end_; }
  void close() { end_.reset(); }
  [[nodiscard]] bool closed() const { return !end_; }
  void set_nonblocking() { os::set_nonblocking(end_); }

  /// Sends a message and all that was posted before it; waits until the pipe has taken everything.
  void send(Bytes message);
  /// Waits for a message; nothing when the other side has closed. Valid until the next receive() or fill().
  [[nodiscard]] std::optional<Bytes> receive();

  /// Adds a message to those to be sent by flush(). No system call.
  void post(Bytes message) { post({message}); }
  /// The same, of a message in several parts.
  void post(std::initializer_list<Bytes> parts);
  /// Writes what the pipe takes: done when nothing is left, would_block, or closed when nobody reads any more.
  os::IoState flush();
  [[nodiscard]] size_t unsent() const { return outgoing_.size() - sent_; }

  /// Reads once, what there is: done, would_block, or closed at the end.
  os::IoState fill();
  /// The next whole message that has been read. Valid until the next fill() or receive().
  [[nodiscard]] std::optional<Bytes> next();

 private:
  os::UniqueFd end_;
  std::vector<std::byte> outgoing_;
  size_t sent_ = 0;
  std::vector<std::byte> incoming_;
  size_t begin_ = 0;  ///< of what was read and not yet given out
  size_t end_of_data_ = 0;
};

struct ConnectionPair {
  Connection reader;
  Connection writer;
};

/// A one-way connection through a pipe; both ends are close-on-exec and blocking.
[[nodiscard]] ConnectionPair make_connection();

}  // namespace mpr
