#include "worker/capture.hpp"

#include "os/io.hpp"

namespace mpr::worker {

Capture::Capture(std::span<std::byte> buffer) : pipes_{os::make_pipe(), os::make_pipe()}, buffer_(buffer) {
  // The reading ends' own file descriptions, which no task ever holds.
  for (os::Pipe& each : pipes_) os::set_nonblocking(each.reader);
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
    while (reader(stream)) {
      const os::IoResult result = os::read_some(reader(stream), buffer_);
      if (result.state == os::IoState::done) deliver(stream, buffer_.first(result.bytes));
      if (result.state == os::IoState::closed) pipe(stream).reader.reset();
      if (result.state == os::IoState::would_block) break;
    }
  }
}

}  // namespace mpr::worker
