#include "worker/turn.hpp"

namespace mpr::worker {
namespace {

constexpr size_t kMuch = 32 * 1024;

}  // namespace

void Turn::hear(std::string_view text) {
  held_ += text;
  if (held_.size() < kMuch) return;
  write(Stream::out, held_);
  held_.clear();
}

void Turn::hear_err(std::string_view text) {
  write(Stream::err, text);
}

void Turn::answered(std::string_view last_text, int exit_status, os::Duration elapsed) {
  const bool plain = exit_status == 0 && !wrote_ && held_.size() + last_text.size() < kMuch;
  if (plain) {
    if (!held_.empty()) last_text = held_ += last_text;
    supervisor_.answered(number(), elapsed, std::as_bytes(std::span{last_text}));
    held_.clear();
    ++told_;
    return;
  }
  hear(last_text);
  Result exited = result(Ending::exited);
  exited.status = os::ExitStatus::exited(exit_status);
  exited.elapsed = elapsed;
  end(exited);
}

void Turn::could_not_start(const os::SpawnFailure& failure) {
  Result unstarted = result(Ending::could_not_start);
  unstarted.failure = failure;
  end(unstarted);
}

void Turn::no_answer(Fault fault) {
  Result unanswered = result(Ending::no_answer);
  unanswered.fault = fault;
  end(unanswered);
}

void Turn::ended(Ending ending, os::ExitStatus status) {
  Result over = result(ending);
  over.status = status;
  end(over);
}

Result Turn::result(Ending ending) const {
  Result result;
  result.number = number();
  result.attempt = batch_.common.attempt;
  result.ending = ending;
  result.started = began_.time_since_epoch();
  result.elapsed = os::Clock::now() - began_;
  return result;
}

void Turn::write(Stream stream, std::string_view text) {
  if (text.empty()) return;
  wrote_ = true;
  supervisor_.output(number(), stream, std::as_bytes(std::span{text}));
}

void Turn::end(const Result& result) {
  write(Stream::out, held_);
  held_.clear();
  supervisor_.ended(result);
  wrote_ = false;
  ++told_;
}

}  // namespace mpr::worker
