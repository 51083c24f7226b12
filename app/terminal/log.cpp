#include "terminal/log.hpp"

#include <utility>

#include <fmt/format.h>
#include <spdlog/details/null_mutex.h>
#include <spdlog/sinks/base_sink.h>

#include "manifest/shell_quote.hpp"

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
    const std::string_view text{message.payload.data(), message.payload.size()};
    write_(fmt::format("mpr: {}{}\n", kind, manifest::printable(text)));
  }
  void flush_() override {}

  std::function<void(std::string_view)> write_;
};

}  // namespace

std::shared_ptr<spdlog::logger> make_log(int verbose, std::function<void(std::string_view)> write) {
  auto log = std::make_shared<spdlog::logger>("mpr", std::make_shared<MessageSink>(std::move(write)));
  log->set_level(verbose > 1 ? spdlog::level::debug : verbose == 1 ? spdlog::level::info : spdlog::level::warn);
  return log;
}

}  // namespace mpr::app
