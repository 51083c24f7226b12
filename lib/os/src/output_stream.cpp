#include "os/output_stream.hpp"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "os/io.hpp"

namespace mpr::os {
namespace {

UniqueFd reopen_nonblocking(FdRef stream, mode_t mode) {
  // A regular file opened anew would have an offset of its own, and a device may do anything.
  if (!S_ISFIFO(mode) && !(S_ISCHR(mode) && ::isatty(stream.get()))) return {};
  const std::string path = "/proc/self/fd/" + std::to_string(stream.get());
  return UniqueFd{::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)};
}

struct stat status_of(FdRef stream) {
  struct stat status {};
  if (::fstat(stream.get(), &status) != 0) status = {};
  return status;
}

/// A regular file, or /dev/null.
bool never_blocks(FdRef stream) {
  const struct stat status = status_of(stream);
  return S_ISREG(status.st_mode) || (S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3));
}

}  // namespace

OutputStream::OutputStream(FdRef stream)
    : stream_(stream),
      own_(reopen_nonblocking(stream, status_of(stream).st_mode)),
      never_blocks_(never_blocks(stream)) {}

void OutputStream::append(std::span<const std::byte> bytes) {
  if (closed_) return;
  // A slow reader may never take all: what it has taken is not kept.
  if (sent_ > buffer_.size() / 2) buffer_.erase(0, std::exchange(sent_, 0));
  buffer_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

void OutputStream::pass_on(std::span<const std::byte> bytes) {
  // Elsewhere, only so much as poll(2) promises may be written.
  if (closed_ || !(own_ || never_blocks_)) {
    append(bytes);
    return flush();
  }
  const auto before = std::as_bytes(std::span{buffer_}.subspan(sent_));
  const IoResult result = write_some(fd(), before, bytes);
  if (result.state == IoState::closed) {
    closed_ = true;
    sent_ = buffer_.size();
    return;
  }
  const size_t of_before = std::min(result.bytes, before.size());
  sent_ += of_before;
  if (unsent() == 0) {
    buffer_.clear();
    sent_ = 0;
  }
  append(bytes.subspan(result.bytes - of_before));
}

std::string_view OutputStream::writable_now() const {
  const std::string_view unsent = std::string_view{buffer_}.substr(sent_);
  if (own_ || never_blocks_) return unsent;
  // POLLOUT on a pipe means room for PIPE_BUF bytes (pipe(7)); a socket has more.
  pollfd watched{stream_.get(), POLLOUT, 0};
  return ::poll(&watched, 1, 0) > 0 ? unsent.substr(0, PIPE_BUF) : std::string_view{};
}

void OutputStream::flush() {
  while (unsent() > 0) {
    const std::string_view bytes = writable_now();
    if (bytes.empty()) return;
    const IoResult result = write_some(fd(), std::as_bytes(std::span{bytes}));
    if (result.state == IoState::would_block) return;
    if (result.state == IoState::closed) {
      closed_ = true;
      sent_ = buffer_.size();
    }
    sent_ += result.bytes;
  }
  buffer_.clear();
  sent_ = 0;
}

}  // namespace mpr::os
