// wait: sleeps until one or more of several connections, queues and processes have something to tell, as Python's
// multiprocessing.connection.wait.
//
//   for (const size_t place : mpr::wait({reader, queue, process})) ...     // 0, 1 or 2
//
// A connection is ready when its poll() is true: a whole message can be received, or it has ended. A queue is ready
// when it is not empty (another process may be quicker to get the item), and a process when it has ended. A descriptor
// (a sentinel, a socket) is ready when it can be read without waiting, or has ended.
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
#include "mpr/process.hpp"
#include "mpr/queue.hpp"

namespace mpr {

class Waitable {
 public:
  Waitable(Connection& connection)  // NOLINT(google-explicit-constructor): it stands in lists with descriptors
      : connection_(&connection), fd_(connection.fd()) {}
  Waitable(QueueBase& queue)  // NOLINT(google-explicit-constructor)
      : queue_(&queue), fd_(queue.watch()) {}
  Waitable(const Process& process)  // NOLINT(google-explicit-constructor)
      : Waitable(process.sentinel()) {}
  Waitable(os::FdRef fd) : fd_(fd) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] os::FdRef fd() const { return fd_; }
  /// Whether it is ready though its descriptor may not be readable.
  [[nodiscard]] bool ready_already() const {
    return connection_ != nullptr ? connection_->has_next() : queue_ != nullptr && queue_->look();
  }
  /// Whether it is ready, its descriptor being readable.
  [[nodiscard]] bool ready() const {
    return connection_ != nullptr ? connection_->poll() : queue_ == nullptr || queue_->look();
  }
  /// Who makes the descriptor readable may be killed just before.
  [[nodiscard]] bool must_be_looked_at() const { return queue_ != nullptr; }

 private:
  Connection* connection_ = nullptr;
  QueueBase* queue_ = nullptr;
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
