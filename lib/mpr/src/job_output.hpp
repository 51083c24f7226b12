// JobOutput: what a function prints by itself, gathered after each call as it would have come out of a process that did
// nothing else.
//
// With stdout a pipe, what is written to stdout by stdio, and so by std::cout, comes out at the end of the process, or
// when there is too much for its buffer. All else comes out at once: what is written to stderr, or by write(2), or by
// processes that the function starts. That goes into the two pipes here, too; and what is in stdio's buffer is taken
// from there, so that all that most tasks print costs no system call. The streams are left as the system made them: a
// task that crashes loses what it would have lost.
//
// The other order is that of streams which sync_with_stdio(false) has given buffers of their own: they come out last.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "os/unique_fd.hpp"

namespace mpr::job {

class JobOutput {
 public:
  /// The reading ends of what stdout and stderr are: non-blocking.
  JobOutput(os::UniqueFd out, os::UniqueFd err);

  /// Whether a call that took so long can have made a system call, and so written.
  [[nodiscard]] bool may_have_written(int64_t nanoseconds) const { return nanoseconds >= least_write_; }
  /// To be called now and then, a millisecond apart: processors change their pace.
  void measure();
  /// Whether all is in the buffer of stdout or in the pipes, as in most programs: no wide characters are printed, and
  /// no other stream has a buffer.
  [[nodiscard]] static bool plain();

  /// Reads what the pipes hold now, up to what a pipe can hold.
  void read_pipes();
  [[nodiscard]] std::string_view out() const { return out_; }
  [[nodiscard]] std::string_view err() const { return err_; }

  /// The bytes in the buffer of stdout, valid until the next call to stdio. Wide characters are none.
  [[nodiscard]] static std::string_view buffered();
  static void drop_buffered();
  /// Has all that wait in buffers of their own written to the pipes.
  static void flush_others();

 private:
  static void read(os::FdRef pipe, std::string& into);

  os::UniqueFd out_pipe_;
  os::UniqueFd err_pipe_;
  std::string out_;
  std::string err_;
  int64_t least_write_ = std::numeric_limits<int64_t>::max();
};

}  // namespace mpr::job
