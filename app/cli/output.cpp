#include "cli/output.hpp"

#include <csignal>

#include "os/poll_set.hpp"
#include "os/signals.hpp"

namespace mpr::app {
namespace {

constexpr size_t kBatchBytes = 64 * 1024;

}  // namespace

void Output::print(std::string_view text) {
  out_.append(text);
  if (out_.unsent() >= kBatchBytes) flush();
}

void Output::flush() {
  for (out_.flush(); out_.unsent() > 0; out_.flush()) os::wait_until_writable(out_.fd());
  if (out_.closed()) os::die_by_signal(SIGPIPE);
}

}  // namespace mpr::app
