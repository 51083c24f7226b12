// JobLink: the worker's side of what it shares with a job program that serves it (mpr/job_protocol.hpp): requests go
// down a pipe, answers come up in shared memory.
//
//   JobLink link;
//   ... start the program with link.passed() and link.variable(), then link.started()
//   link.ask(head, requests);
//   while (const auto answer = link.next()) tell(*answer);
//   link.make_room();
//
// Ownership: the pipes and the memory live as long as this.
// Errors: std::system_error from the constructor. A program that writes nonsense into the memory makes it broken().
//   What it writes is never believed twice: it may change it at any time.
// Processes: all that the program has answered can still be taken when it has ended.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "mpr/job_protocol.hpp"
#include "os/clock.hpp"
#include "os/pipe.hpp"
#include "os/shared_mapping.hpp"
#include "worker/capture.hpp"

namespace mpr::worker {

/// Valid until the next one is taken.
struct JobAnswer {
  job::AnswerHead head;
  std::span<const std::byte> out;
  std::span<const std::byte> err;

  [[nodiscard]] bool is(job::AnswerHead::Flag flag) const { return (head.flags & flag) != 0; }
  [[nodiscard]] os::Duration elapsed() const;
};

class JobLink {
 public:
  JobLink();

  /// The descriptors that the program is to be given, and how it is told of them.
  [[nodiscard]] std::vector<os::FdRef> passed(const Capture& capture) const;
  [[nodiscard]] std::string variable(const Capture& capture) const;
  /// To be called when it has them.
  void started();

  /// Sends as much as goes now; the rest when congested() is writable, by flush().
  void ask(const job::RequestHead& head, std::span<const std::byte> requests);
  [[nodiscard]] os::FdRef congested() const { return unsent_.empty() ? os::FdRef{} : os::FdRef{requests_.writer}; }
  void flush();
  /// No more requests: the program is to exit.
  void close() { requests_.writer.reset(); }

  /// Readable when there is something to be taken.
  [[nodiscard]] os::FdRef notices() const { return notices_.reader; }
  void take_notices();

  [[nodiscard]] std::optional<JobAnswer> next() {
    if (consumed_ == produced_ && !look()) return std::nullopt;
    return take();
  }
  /// Lets the program have the room of what has been taken.
  void make_room();
  [[nodiscard]] bool broken() const { return broken_; }
  /// Makes it broken: what was taken is no answer that could be given.
  void refuse();

  /// Tasks asked for, and answered or returned, as far as has been taken.
  [[nodiscard]] uint64_t asked() const { return asked_; }
  [[nodiscard]] uint64_t taken() const { return taken_; }
  [[nodiscard]] uint64_t outstanding() const { return asked_ - taken_; }

  /// Whether the program is at the task behind the last that was taken. Under kReading or kHalt that stays so.
  [[nodiscard]] bool calling() const { return board_.phase.load() == 2 * taken_ + 1; }
  /// When it began that task, as it said when that was first looked at: not before it was started, nor later than now.
  [[nodiscard]] os::Time began();
  /// Tasks that it has begun.
  [[nodiscard]] uint64_t begun() const { return job::begun(board_.phase.load()); }
  /// Whether it was at a task, when it has ended and all has been taken.
  [[nodiscard]] bool ended_in_task() const { return begun() == taken_ + 1; }

  void hold(uint32_t reason) { board_.hold.fetch_or(reason); }
  void release(uint32_t reason);

 private:
  bool look();
  std::optional<JobAnswer> take();
  std::span<const std::byte> bytes_at(uint64_t offset, size_t bytes, std::vector<std::byte>& scratch) const;

  os::UniqueFd file_;
  os::SharedMapping mapping_;
  job::Board& board_;
  std::span<const std::byte> ring_;
  os::Pipe requests_;
  os::Pipe notices_;
  std::vector<std::byte> unsent_;
  std::array<std::vector<std::byte>, 2> scratch_;
  uint64_t produced_ = 0;  ///< as last seen
  uint64_t consumed_ = 0;
  uint64_t asked_ = 0;
  uint64_t taken_ = 0;
  os::Time started_ = os::Time::max();
  os::Time began_;
  uint64_t began_for_ = UINT64_MAX;  ///< what taken_ was when began_ was read
  bool broken_ = false;
};

}  // namespace mpr::worker
