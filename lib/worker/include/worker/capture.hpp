// Capture: the two pipes through which one task's stdout and stderr are read.
//
// Ownership: the pipes live as long as the Capture; the writing ends are given up once the task has them.
// Errors: NoPipe from the constructor.
#pragma once

#include <array>
#include <functional>
#include <span>
#include <vector>

#include "os/pipe.hpp"
#include "worker/task.hpp"

namespace mpr::worker {

/// No pipe can be had, for want of descriptors (EMFILE, ENFILE).
struct NoPipe {
  int error;
};

class Capture {
 public:
  using Deliver = std::function<void(Stream, std::span<const std::byte>)>;

  /// `buffer` is scratch memory for reading, kept by the worker from task to task.
  explicit Capture(std::span<std::byte> buffer);

  [[nodiscard]] os::FdRef task_end(Stream stream) const { return pipe(stream).writer; }
  /// To be called when the task has its ends: from then on, the end of a stream can be seen.
  void drop_task_ends();

  /// The reading end, none once the stream has ended.
  [[nodiscard]] os::FdRef reader(Stream stream) const { return pipe(stream).reader; }
  [[nodiscard]] bool ended() const { return !pipe(Stream::out).reader && !pipe(Stream::err).reader; }

  /// Reads once what is in the stream. Never blocks.
  void read(Stream stream, const Deliver& deliver);
  /// Reads all that is in both streams now. Never blocks.
  void drain(const Deliver& deliver);

 private:
  [[nodiscard]] os::Pipe& pipe(Stream stream) { return pipes_[static_cast<size_t>(stream)]; }
  [[nodiscard]] const os::Pipe& pipe(Stream stream) const { return pipes_[static_cast<size_t>(stream)]; }

  std::array<os::Pipe, 2> pipes_;
  std::span<std::byte> buffer_;
};

}  // namespace mpr::worker
