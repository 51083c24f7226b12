// UniqueFd: sole owner of one file descriptor.
//
//   UniqueFd fd{open_for_reading(path)};
//   poller.add(fd, Poller::kReadable, token);     // borrowed as FdRef
//
// Ownership: move-only; closes once, in the destructor or reset().
// Errors: close's own errors are not reported. Linux frees the descriptor even when close() says EINTR (close(2),
//   NOTES), so it is never retried; errno is left as it was.
// Processes: every descriptor that this floor makes is close-on-exec from birth. A forked child has copies of all.
#pragma once

#include <utility>

namespace mpr::os {

/// A descriptor that someone else owns. -1 is "none".
class FdRef {
 public:
  constexpr FdRef() = default;
  constexpr explicit FdRef(int fd) : fd_(fd) {}
  [[nodiscard]] constexpr int get() const { return fd_; }
  [[nodiscard]] constexpr explicit operator bool() const { return fd_ >= 0; }
  friend constexpr bool operator==(FdRef, FdRef) = default;

 private:
  int fd_ = -1;
};

class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) reset(std::exchange(other.fd_, -1));
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { reset(); }

  void reset(int fd = -1) noexcept;
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] explicit operator bool() const { return fd_ >= 0; }
  operator FdRef() const { return FdRef{fd_}; }  // NOLINT(google-explicit-constructor): lending is what it is for

 private:
  int fd_ = -1;
};

inline constexpr FdRef kStdin{0};
inline constexpr FdRef kStdout{1};
inline constexpr FdRef kStderr{2};

}  // namespace mpr::os
