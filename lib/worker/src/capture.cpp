#include "worker/capture.hpp"

#include <system_error>

#include "os/io.hpp"

namespace mpr::worker {
namespace {

// More than any pipe holds, unless an administrator allows it (pipe(7), /proc/sys/fs/pipe-max-size). A process outside
// of the task that was handed its pipe could go on writing for ever.
constexpr size_t kMostInPipe = 1024 * 1024;

}  // namespace

Capture::Capture(std::span<std::byte> buffer) try : pipes_{os::make_pipe(), os::make_pipe()}, buffer_(buffer) {
  // The reading ends' own file descriptions, which no task ever holds.
  for (os::Pipe& each : pipes_) os::set_nonblocking(each.reader);
} catch (const std::system_error& error) {
  throw NoPipe{error.code().value()};
}

void Capture::drop_task_ends() {
  for (os::Pipe& each : pipes_) each.writer.reset();
}

void Capture::read(Stream stream, const Deliver& deliver) {
  const os::IoResult result = os::read_some(reader(stream), buffer_);
  if (result.state == os::IoState::done) deliver(stream, buffer_.first(result.bytes));
  if (result.state == os::IoState::closed) pipe(stream).reader.reset();
}

void Capture::drain(const Deliver& deliver) {
  for (const Stream stream : {Stream::out, Stream::err}) {
    for (size_t total = 0; reader(stream) && total < kMostInPipe;) {
      const os::IoResult result = os::read_some(reader(stream), buffer_);
      if (result.state == os::IoState::done) deliver(stream, buffer_.first(result.bytes));
      if (result.state == os::IoState::closed) pipe(stream).reader.reset();
      if (result.state == os::IoState::would_block) break;
      total += result.bytes;
    }
  }
}

}  // namespace mpr::worker
