#include "cli/output.hpp"

#include <csignal>
#include <system_error>

#include "os/poll_set.hpp"
#include "os/signals.hpp"
#include "runner/error.hpp"

namespace mpr::app {
namespace {

constexpr size_t kBatchBytes = 64 * 1024;

}  // namespace

void Output::print(std::string_view text) {
  out_.append(text);
  if (out_.unsent() >= kBatchBytes) flush();
}

void Output::flush() try {
  const os::MaskGuard mask;
  os::block_too({SIGXFSZ});
  for (out_.flush(); out_.unsent() > 0; out_.flush()) os::wait_until_writable(out_.fd());
  if (out_.closed()) os::die_by_signal(SIGPIPE);
} catch (const std::system_error& error) {
  throw runner::RunError("cannot write to standard output: " + error.code().message());
}

}  // namespace mpr::app
