#include "job_output.hpp"

#include <stdio_ext.h>

#include <algorithm>
#include <cwchar>
#include <iostream>

#include "os/clock.hpp"
#include "os/io.hpp"
#include "os/pipe.hpp"

namespace mpr::job {
JobOutput::JobOutput(os::UniqueFd out, os::UniqueFd err) : out_pipe_(std::move(out)), err_pipe_(std::move(err)) {
  for (int times = 0; times < 16; ++times) measure();
}

void JobOutput::measure() {
  const os::Time before = os::Clock::now();
  (void)os::bytes_in_pipe(out_pipe_);
  // To write takes half as long again as to ask, if not more; and what is measured here has the reading of a clock in
  // it.
  least_write_ = std::min<int64_t>(least_write_, (os::Clock::now() - before).count() * 3 / 4);
}

bool JobOutput::plain() {
  // libstdc++'s answers whether they are synchronised, and changes nothing.
  return std::fwide(stdout, 0) <= 0 && std::ios_base::sync_with_stdio(true) && ::__fpending(stderr) == 0;
}

void JobOutput::read_pipes() {
  read(out_pipe_, out_);
  read(err_pipe_, err_);
}

/// No more than there is now: background processes might write for ever.
void JobOutput::read(os::FdRef pipe, std::string& into) {
  into.resize(os::bytes_in_pipe(pipe));
  size_t bytes = 0;
  while (bytes < into.size()) {
    const os::IoResult got = os::read_some(pipe, std::as_writable_bytes(std::span{into}).subspan(bytes));
    if (got.state != os::IoState::done) break;
    bytes += got.bytes;
  }
  into.resize(bytes);
}

std::string_view JobOutput::buffered() {
  const size_t bytes = std::fwide(stdout, 0) > 0 ? 0 : ::__fpending(stdout);
  return bytes == 0 ? std::string_view() : std::string_view(stdout->_IO_write_base, bytes);
}

void JobOutput::drop_buffered() {
  if (!buffered().empty()) ::__fpurge(stdout);
}

void JobOutput::flush_others() {
  if (std::fwide(stdout, 0) > 0) (void)std::fflush(stdout);
  (void)std::fflush(stderr);
  if (std::ios_base::sync_with_stdio(true)) return;
  std::cout.flush();
  std::clog.flush();
  std::wcout.flush();
  std::wclog.flush();
}

}  // namespace mpr::job
