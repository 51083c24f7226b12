#include "terminal/messages.hpp"

#include <csignal>

#include <fmt/format.h>

#include "manifest/shell_quote.hpp"
#include "os/io.hpp"
#include "os/signals.hpp"
#include "runner/error.hpp"

namespace mpr::app {
namespace {

void write_to(os::FdRef fd, std::string_view text) {
  // A file at its limit is an error that we see, not a signal.
  const os::MaskGuard mask;
  os::block_too({SIGXFSZ});
  if (!os::write_all(fd, std::as_bytes(std::span{text}))) os::die_by_signal(SIGPIPE);
}

void say(std::string_view text) {
  try {
    write_to(os::kStderr, text);
  } catch (const std::system_error&) {
    // Nowhere is left to say so; the exit status still does.
  }
}

}  // namespace

void print_error(std::string_view message, std::string_view hint) {
  std::string text = fmt::format("mpr: error: {}\n", manifest::printable(message));
  if (!hint.empty()) text += fmt::format("mpr: hint: {}\n", manifest::printable(hint));
  say(text);
}

void print_warning(std::string_view message) {
  say(fmt::format("mpr: warning: {}\n", manifest::printable(message)));
}

void print_notice(std::string_view message) {
  say(fmt::format("mpr: {}\n", manifest::printable(message)));
}

void print_result(std::string_view text) try { write_to(os::kStdout, text); } catch (const std::system_error& error) {
  throw runner::RunError("cannot write to standard output: " + error.code().message());
}

}  // namespace mpr::app
