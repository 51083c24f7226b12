#include "mpr/connection.hpp"

#include <limits.h>

#include <algorithm>

#include "os/pipe.hpp"
#include "os/poll_set.hpp"
#include "os/socket.hpp"

namespace mpr {

bool Connection::send_posted(os::Time deadline) {
  require_writable();
  while (unsent() > 0) {
    size_t most = unsent();
    if (deadline != os::kNever) {
      if (!os::wait_until_writable(fd(), deadline)) return false;
      // This much is then written without waiting.
      most = PIPE_BUF;
    }
    const os::IoState state = write_once(most, Sigpipe::held_back);
    if (state == os::IoState::closed) throw ConnectionClosed();
    if (state == os::IoState::would_block && deadline == os::kNever) os::wait_until_writable(fd());
  }
  return true;
}

void Connection::send_bytes(Bytes message) {
  post(message);
  send_posted(os::kNever);
}

bool Connection::send_bytes_until(Bytes message, os::Time deadline) {
  post(message);
  return send_posted(deadline);
}

void Connection::send_fd(os::FdRef fd) {
  post_fd(fd);
  send_posted(os::kNever);
}

bool Connection::send_fd_until(os::FdRef fd, os::Time deadline) {
  post_fd(fd);
  return send_posted(deadline);
}

bool Connection::await_next(os::Time deadline) {
  require_readable();
  if (has_next()) return true;
  for (;;) {
    if (deadline != os::kNever && !os::wait_until_readable(fd(), deadline)) throw TimeoutError();
    const os::IoState state = fill();
    if (state == os::IoState::closed) return false;
    if (state == os::IoState::would_block) os::wait_until_readable(fd(), deadline);
    if (has_next()) return true;
  }
}

bool Connection::poll_until(os::Time deadline) {
  require_readable();
  if (has_next()) return true;
  while (os::wait_until_readable(fd(), deadline)) {
    if (fill() == os::IoState::closed || has_next()) return true;
  }
  return false;
}

std::optional<Connection::Bytes> Connection::recv_bytes_until(os::Time deadline) {
  return await_next(deadline) ? next() : std::nullopt;
}

std::optional<size_t> Connection::recv_bytes_into_until(std::span<std::byte> into, os::Time deadline) {
  const auto message = recv_bytes_until(deadline);
  if (!message) return std::nullopt;
  if (message->size() > into.size()) throw BufferTooShort({message->begin(), message->end()});
  std::copy(message->begin(), message->end(), into.begin());
  return message->size();
}

os::UniqueFd Connection::recv_fd_until(os::Time deadline) {
  return await_next(deadline) ? next_fd() : os::UniqueFd{};
}

DuplexPipe make_pipe() {
  os::SocketPair pair = os::make_socket_pair();
  const os::PeerEnd first{pair.first};
  const os::PeerEnd second{pair.second};
  return {Connection{std::move(pair.first), second}, Connection{std::move(pair.second), first}};
}

OneWayPipe make_one_way_pipe() {
  os::Pipe pipe = os::make_pipe();
  const os::PeerEnd reader{pipe.reader};
  const os::PeerEnd writer{pipe.writer};
  return {Connection{std::move(pipe.reader), writer}, Connection{std::move(pipe.writer), reader}};
}

}  // namespace mpr
