// What the process writes, and whose it is.
#include <algorithm>

#include "worker/dialogue.hpp"

namespace mpr::worker {
namespace {

// More than any pipe holds, unless an administrator allows it. Others that have the pipe could write for ever.
constexpr size_t kMostInPipe = 1024 * 1024;
constexpr size_t kMostEarly = 64 * 1024;
// For how long nothing may follow a process's first answer: as long as that took, within these. Longer when the process
// is still busy, maybe with the real answer.
constexpr os::Duration kShortestQuiet = std::chrono::milliseconds{1};
constexpr os::Duration kLongestQuiet = std::chrono::milliseconds{20};
constexpr os::Duration kLongestBusy = std::chrono::seconds{1};

}  // namespace

void Dialogue::hear() {
  const std::string_view text = partner_.process->read(Stream::out);
  // What was written to stderr before an answer has come by now, and is told before it.
  hear_err();
  if (!ending_ && !text.empty() && !fault_) take(text);
}

void Dialogue::hear_err() {
  for (size_t total = 0; total < kMostInPipe;) {
    const std::string_view text = partner_.process->read(Stream::err);
    if (text.empty()) return;
    total += text.size();
    if (waiting()) {
      turn_.hear_err(text);
      wrote_err_ = true;
    } else {
      partner_.early_err += text.substr(0, kMostEarly - std::min(kMostEarly, partner_.early_err.size()));
    }
  }
}

/// Of a process that has ended.
void Dialogue::drain() {
  for (size_t total = 0; total < kMostInPipe;) {
    const std::string_view text = partner_.process->read(Stream::out);
    hear_err();
    if (text.empty()) return;
    total += text.size();
    if (!ending_ && !fault_) take(text);
  }
}

void Dialogue::take(std::string_view text) {
  const os::Time now = os::Clock::now();
  heard_.clear();
  const std::string_view rest = read_answers(text);
  if (!partner_.has_answered && !heard_.empty()) settle_first_answer(now);
  // The last of these would have been told too early.
  const bool doubtful = fault_ == Fault::unasked && !heard_.empty();
  const Heard last = doubtful ? heard_.back() : Heard{};
  if (doubtful) heard_.pop_back();
  tell_answers(now);
  if (doubtful) turn_.hear(last.text);
  turn_.hear(rest);
}

/// Fills heard_, and fault_ if that is how it ends. Answers the beginning of the answer that is not complete yet.
std::string_view Dialogue::read_answers(std::string_view text) {
  while (!text.empty()) {
    if (!halfway_) {
      text.remove_prefix(protocol_.blanks(text));
      if (text.empty()) return {};
      if (turn_.told() + heard_.size() == asked_) {
        fault_ = Fault::unasked;
        return {};
      }
    }
    const Protocol::Reading reading = protocol_.read(text);
    text.remove_prefix(reading.used);
    fault_ = reading.fault;
    halfway_ = !reading.complete;
    if (!reading.complete) return reading.text;
    heard_.push_back({reading.text, reading.exit_status});
  }
  return {};
}

void Dialogue::settle_first_answer(os::Time now) {
  partner_.has_answered = true;
  // Reading more would overwrite it.
  turn_.hear(heard_.front().text);
  heard_.front().text = {};
  if (fault_) return;
  const os::Duration quiet = std::clamp(os::Duration{now - turn_.began()}, kShortestQuiet, kLongestQuiet);
  if (!stays_quiet(quiet)) fault_ = Fault::unasked;
}

bool Dialogue::stays_quiet(os::Duration time) {
  const ResidentProcess& process = *partner_.process;
  const os::Time from = os::Clock::now();
  for (os::Time now = from; process.reader(Stream::out) && now < from + kLongestBusy; now = os::Clock::now()) {
    const bool busy = process.handle().wants_cpu();
    if (os::wait_until_readable(process.reader(Stream::out), now + kShortestQuiet)) {
      const std::string_view text = partner_.process->read(Stream::out);
      if (protocol_.blanks(text) < text.size()) return false;
    } else if (!busy && now >= from + time - kShortestQuiet) {
      return true;
    }
  }
  return true;
}

void Dialogue::tell_answers(os::Time now) {
  if (heard_.empty()) return;
  const auto count = static_cast<uint32_t>(heard_.size());
  const os::Duration time = now - turn_.began();
  for (const Heard& each : heard_) turn_.answered(each.text, each.exit_status, time / count);
  if (wrote_err_) {
    // Asked one by one, each task is given its own.
    partner_.pace.start_again();
  } else {
    partner_.pace.answered(count, time);
  }
  wrote_err_ = false;
  begin_turn(os::Clock::now());
}

}  // namespace mpr::worker
