// JobBoard: the job's side of the memory that it shares with its worker: see mpr/job_protocol.hpp.
#pragma once

#include <array>
#include <functional>
#include <span>
#include <string_view>

#include "mpr/job_protocol.hpp"
#include "os/shared_mapping.hpp"
#include "os/unique_fd.hpp"

namespace mpr::job {

/// A text in pieces.
using Pieces = std::array<std::string_view, 3>;

class JobBoard {
 public:
  /// Throws std::system_error; std::invalid_argument for a board of another size than it can have.
  JobBoard(os::FdRef file, os::UniqueFd notices);

  /// The next task is to be called now: false when it is recalled. Waits while the worker wants that.
  [[nodiscard]] bool begin(int64_t now) {
    board_.began.store(now, std::memory_order_relaxed);
    board_.phase.store(2 * tasks_ + 1);
    return board_.hold.load() == 0 || await_leave();
  }
  /// Its call is over, and may have written: from here on its pipes are the job's to read.
  void end_call();

  /// The task's end: `head` without its sizes. Waits while there is no room.
  void answer(AnswerHead head, const Pieces& out, const Pieces& err);
  /// Text of the task that goes on.
  void answer_part(std::string_view out, std::string_view err);

  /// Whether the worker should be notified for want of room.
  [[nodiscard]] bool half_full() const { return produced_ - consumed_seen_ >= ring_.size() / 2 && really_half_full(); }
  /// Answers since the last time.
  [[nodiscard]] bool news() const { return produced_ != notified_; }
  void notify();

 private:
  [[nodiscard]] bool await_leave();
  void put(const AnswerHead& head, const Pieces& out, const Pieces& err);
  void make_room(size_t bytes);
  void copy(uint64_t to, const void* from, size_t bytes);
  [[nodiscard]] bool really_half_full() const;

  os::SharedMapping mapping_;
  Board& board_;
  std::span<std::byte> ring_;
  os::UniqueFd notices_;
  uint64_t tasks_ = 0;     ///< answered
  uint64_t produced_ = 0;  ///< as on the board
  uint64_t notified_ = 0;
  mutable uint64_t consumed_seen_ = 0;
};

}  // namespace mpr::job
