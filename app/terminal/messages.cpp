#include "terminal/messages.hpp"

#include <csignal>

#include <fmt/format.h>
#include <spdlog/details/null_mutex.h>
#include <spdlog/sinks/base_sink.h>

#include "os/io.hpp"
#include "os/signals.hpp"

namespace mpr::app {
namespace {

class MessageSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  explicit MessageSink(std::function<void(std::string_view)> write) : write_(std::move(write)) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const char* kind = "";
    if (message.level == spdlog::level::err) kind = "error: ";
    if (message.level == spdlog::level::warn) kind = "warning: ";
    write_(fmt::format("mpr: {}{}\n", kind, std::string_view{message.payload.data(), message.payload.size()}));
  }
  void flush_() override {}

  std::function<void(std::string_view)> write_;
};

void write_to(os::FdRef fd, std::string_view text) {
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

std::shared_ptr<spdlog::logger> make_log(int verbose, std::function<void(std::string_view)> write) {
  auto log = std::make_shared<spdlog::logger>("mpr", std::make_shared<MessageSink>(std::move(write)));
  log->set_level(verbose > 1 ? spdlog::level::debug : verbose == 1 ? spdlog::level::info : spdlog::level::warn);
  return log;
}

void print_error(std::string_view message, std::string_view hint) {
  std::string text = fmt::format("mpr: error: {}\n", message);
  if (!hint.empty()) text += fmt::format("mpr: hint: {}\n", hint);
  say(text);
}

void print_warning(std::string_view message) {
  say(fmt::format("mpr: warning: {}\n", message));
}

void print_notice(std::string_view message) {
  say(fmt::format("mpr: {}\n", message));
}

void print_result(std::string_view text) {
  write_to(os::kStdout, text);
}

}  // namespace mpr::app
