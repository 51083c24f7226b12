// wait: sleeps until one or more of several connections and processes have something to tell, as Python's
// multiprocessing.connection.wait.
//
//   for (const size_t place : mpr::wait({reader, other_reader, process.sentinel()})) ...     // 0, 1 or 2
//
// A connection is ready when its poll() is true: a whole message can be received, or it has ended. A descriptor (a
// sentinel, a socket) is ready when it can be read without waiting, or has ended.
//
// Ownership: borrows what it is given, for the call.
// Errors: std::logic_error for a connection that is closed or cannot receive; std::system_error.
// Threads: receives from the connections: nobody else may meanwhile.
// Processes: a connection whose other side is held open by nobody is ready, for it has ended.
#pragma once

#include <chrono>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <vector>

#include "mpr/connection.hpp"

namespace mpr {

class Waitable {
 public:
  Waitable(Connection& connection)  // NOLINT(google-explicit-constructor): it stands in lists with descriptors
      : connection_(&connection), fd_(connection.fd()) {}
  Waitable(os::FdRef fd) : fd_(fd) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] os::FdRef fd() const { return fd_; }
  /// Of a connection alone.
  [[nodiscard]] bool has_read_ahead() const { return connection_ != nullptr && connection_->has_next(); }
  /// Asked when its descriptor is readable.
  [[nodiscard]] bool ready() const { return connection_ == nullptr || connection_->poll(); }

 private:
  Connection* connection_ = nullptr;
  os::FdRef fd_;
};

/// The places in the list of those that are ready, in order; none when `deadline` was past first, or nothing was given.
[[nodiscard]] std::vector<size_t> wait_until(std::span<const Waitable> list, os::Time deadline);
[[nodiscard]] std::vector<size_t> wait(std::span<const Waitable> list);
[[nodiscard]] std::vector<size_t> wait_for(std::span<const Waitable> list, os::Duration time);

[[nodiscard]] inline std::vector<size_t> wait_until(std::initializer_list<Waitable> list, os::Time deadline) {
  return wait_until(std::span<const Waitable>{list.begin(), list.size()}, deadline);
}
[[nodiscard]] inline std::vector<size_t> wait(std::initializer_list<Waitable> list) {
  return wait(std::span<const Waitable>{list.begin(), list.size()});
}
[[nodiscard]] inline std::vector<size_t> wait_for(std::initializer_list<Waitable> list, os::Duration time) {
  return wait_for(std::span<const Waitable>{list.begin(), list.size()}, time);
}

}  // namespace mpr
