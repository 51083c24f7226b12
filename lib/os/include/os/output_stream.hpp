// OutputStream: one of this process's standard streams, written without ever waiting for its reader.
//
//   OutputStream out{kStdout};
//   out.append(bytes);
//   out.flush();                       // writes what is taken now
//   out.pass_on(many_bytes);           // both, without a copy of what is taken
//   if (out.unsent() > 0) poller.watch(out.fd(), Poller::kWritable, token);
//
// A standard stream's file description is shared with other processes, for whom it must stay blocking, so O_NONBLOCK is
// set on a description of our own where there can be one (pipes, terminals), and elsewhere no more is written at a time
// than poll(2) promises to be taken.
//
// Ownership: borrows the stream. What has not been flushed when it is destroyed is lost.
// Errors: std::system_error when it cannot be written (a full disk). A reader that has gone makes it closed(): what is
//   appended then is dropped.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "unique_fd.hpp"

namespace mpr::os {

class OutputStream {
 public:
  explicit OutputStream(FdRef stream);

  void append(std::span<const std::byte> bytes);
  void append(std::string_view text) { append(std::as_bytes(std::span{text})); }
  void flush();
  void pass_on(std::span<const std::byte> bytes);

  [[nodiscard]] size_t unsent() const { return buffer_.size() - sent_; }
  [[nodiscard]] bool closed() const { return closed_; }
  /// To be watched for writing.
  [[nodiscard]] FdRef fd() const { return own_ ? FdRef{own_} : stream_; }

 private:
  [[nodiscard]] std::string_view writable_now() const;

  FdRef stream_;
  UniqueFd own_;  ///< the same file, non-blocking; none where that cannot be had
  bool never_blocks_;
  bool closed_ = false;
  std::string buffer_;
  size_t sent_ = 0;
};

}  // namespace mpr::os
