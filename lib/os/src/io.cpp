#include "os/io.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <filesystem>

#include "os/error.hpp"

namespace mpr::os {
namespace {

// A terminal whose other side has gone answers EIO: nobody writes or reads there any more.
// (isatty() says no by then.)
bool terminal_has_gone(FdRef fd, int error) {
  struct stat status {};
  return error == EIO && ::fstat(fd.get(), &status) == 0 && S_ISCHR(status.st_mode);
}

IoResult write_result(FdRef fd, ssize_t written, const char* call) {
  if (written >= 0) return {IoState::done, static_cast<size_t>(written)};
  const int error = errno;
  if (error == EAGAIN) return {IoState::would_block, 0};
  if (error == EPIPE || error == ECONNRESET || terminal_has_gone(fd, error)) return {IoState::closed, 0};
  errno = error;
  throw_errno(call);
}

constexpr int kNoSignal = 0x100;  // RWF_NOSIGNAL

/// write(2) with SIGPIPE held back from this thread, and forgotten if it came.
ssize_t write_masked(FdRef fd, std::span<const std::byte> from) {
  sigset_t pipe;
  sigset_t before;
  ::sigemptyset(&pipe);
  ::sigaddset(&pipe, SIGPIPE);
  check(::sigprocmask(SIG_BLOCK, &pipe, &before), "sigprocmask");
  const ssize_t written = ::write(fd.get(), from.data(), from.size());
  const int error = errno;
  if (::sigismember(&before, SIGPIPE) == 0) {
    const timespec now{};
    if (written < 0 && error == EPIPE) (void)::sigtimedwait(&pipe, nullptr, &now);
    check(::sigprocmask(SIG_SETMASK, &before, nullptr), "sigprocmask");
  }
  errno = error;
  return written;
}

}  // namespace

IoResult read_some(FdRef fd, std::span<std::byte> into) {
  const ssize_t got = retry_eintr([&] { return ::read(fd.get(), into.data(), into.size()); });
  if (got > 0) return {IoState::done, static_cast<size_t>(got)};
  if (got == 0) return {IoState::closed, 0};
  const int error = errno;
  if (error == EAGAIN) return {IoState::would_block, 0};
  if (terminal_has_gone(fd, error)) return {IoState::closed, 0};
  throw_errno("read", error);
}

IoResult write_some(FdRef fd, std::span<const std::byte> from) {
  return write_result(fd, retry_eintr([&] { return ::write(fd.get(), from.data(), from.size()); }), "write");
}

IoResult write_some(FdRef fd, std::span<const std::byte> first, std::span<const std::byte> then) {
  const std::array<iovec, 2> both{iovec{const_cast<std::byte*>(first.data()), first.size()},
                                  iovec{const_cast<std::byte*>(then.data()), then.size()}};
  return write_result(fd, retry_eintr([&] { return ::writev(fd.get(), both.data(), both.size()); }), "write");
}

IoResult write_some_quietly(FdRef fd, std::span<const std::byte> from) {
  static std::atomic<bool> flag_is_known{true};
  while (flag_is_known.load(std::memory_order_relaxed)) {
    const iovec data{const_cast<std::byte*>(from.data()), from.size()};
    const ssize_t written = retry_eintr([&] { return ::pwritev2(fd.get(), &data, 1, -1, kNoSignal); });
    if (written >= 0 || (errno != EOPNOTSUPP && errno != ENOSYS)) return write_result(fd, written, "write");
    flag_is_known = false;
  }
  return write_result(fd, retry_eintr([&] { return write_masked(fd, from); }), "write");
}

bool write_all(FdRef fd, std::span<const std::byte> from) {
  while (!from.empty()) {
    const IoResult result = write_some(fd, from);
    if (result.state == IoState::closed) return false;
    if (result.state == IoState::would_block) throw_errno("write");
    from = from.subspan(result.bytes);
  }
  return true;
}

size_t read_at(FdRef fd, std::span<std::byte> into, size_t offset) {
  size_t done = 0;
  while (done < into.size()) {
    const ssize_t got =
        check(retry_eintr([&] {
                return ::pread(fd.get(), into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
              }),
              "pread");
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  return done;
}

void write_at(FdRef fd, std::span<const std::byte> from, size_t offset) {
  while (!from.empty()) {
    const ssize_t written =
        check(retry_eintr([&] { return ::pwrite(fd.get(), from.data(), from.size(), static_cast<off_t>(offset)); }),
              "pwrite");
    from = from.subspan(static_cast<size_t>(written));
    offset += static_cast<size_t>(written);
  }
}

OpenFor open_for(FdRef fd) {
  const int mode = check(::fcntl(fd.get(), F_GETFL), "fcntl") & O_ACCMODE;
  return {mode == O_RDONLY || mode == O_RDWR, mode == O_WRONLY || mode == O_RDWR};
}

UniqueFd duplicate(FdRef fd) {
  return UniqueFd{check(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0), "fcntl")};
}

void set_nonblocking(FdRef fd) {
  const int flags = check(::fcntl(fd.get(), F_GETFL), "fcntl");
  check(::fcntl(fd.get(), F_SETFL, flags | O_NONBLOCK), "fcntl");
}

void set_close_on_exec(FdRef fd) {
  check(::fcntl(fd.get(), F_SETFD, FD_CLOEXEC), "fcntl");
}

std::optional<std::string> read_file(const std::string& path) {
  const UniqueFd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY)};
  if (!file) return std::nullopt;
  std::string text;
  char buffer[4096];
  for (;;) {
    const ssize_t got = retry_eintr([&] { return ::read(file.get(), buffer, sizeof buffer); });
    if (got < 0) return std::nullopt;
    if (got == 0) return text;
    text.append(buffer, static_cast<size_t>(got));
  }
}

UniqueFd open_for_reading(const std::string& path) {
  constexpr int kFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  return UniqueFd{check(retry_eintr([&] { return ::open(path.c_str(), kFlags); }), "open")};
}

UniqueFd create_file(const std::string& path) {
  const auto open = [&] {
    return UniqueFd{
        retry_eintr([&] { return ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666); })};
  };
  UniqueFd file = open();
  if (!file && errno == ENOENT) {
    std::error_code error;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
    file = open();
  }
  if (!file) throw_errno("open");
  return file;
}

bool is_directory(FdRef fd) {
  struct stat status {};
  check(::fstat(fd.get(), &status), "fstat");
  return S_ISDIR(status.st_mode);
}

}  // namespace mpr::os
