#include "terminal/progress.hpp"

#include <chrono>
#include <limits>
#include <utility>

namespace mpr::app {
namespace {

using namespace std::chrono_literals;

constexpr os::Duration kFirstDrawn = 500ms;
constexpr os::Duration kRedrawn = 100ms;
constexpr os::Duration kRefreshed = 1s;

constexpr os::Duration kLogged = 10s;
constexpr os::Duration kLongRun = 2min;  // from then on a line a minute is enough
constexpr os::Duration kLoggedInLongRun = 60s;

constexpr const char* kEraseLine = "\r\x1b[K";
constexpr const char* kEraseToEndOfLine = "\x1b[K";

constexpr unsigned kUnlimited = std::numeric_limits<unsigned>::max();

ProgressState state_of(const runner::Counters& counters, std::optional<uint64_t> total) {
  ProgressState state;
  state.done = counters.succeeded + counters.failed;
  state.total = total;
  state.running = counters.running;
  state.failed = counters.failed;
  state.retried = counters.retried;
  return state;
}

}  // namespace

ProgressStyle progress_style(ProgressMode mode, bool is_terminal, const char* term) {
  if (mode == ProgressMode::never) return ProgressStyle::none;
  if (is_terminal && (term == nullptr || std::string_view(term) != "dumb")) return ProgressStyle::redrawn_line;
  return mode == ProgressMode::always ? ProgressStyle::log_lines : ProgressStyle::none;
}

Progress::Progress(ProgressStyle style, os::Time start, std::function<unsigned()> width)
    : style_(style),
      start_(start),
      width_(std::move(width)),
      rate_(start),
      due_(os::later(start, style == ProgressStyle::redrawn_line ? kFirstDrawn : kLogged)),
      refresh_(due_) {}

std::string Progress::update(const runner::Counters& counters, std::optional<uint64_t> total, os::Time now) {
  if (style_ == ProgressStyle::none) return {};
  const ProgressState state = state_of(counters, total);
  changed_ = line_.empty() || state != drawn_;
  if (now < due_) return {};
  rate_.update(state.done, now);
  return style_ == ProgressStyle::log_lines ? log(state, now) : draw(state, now);
}

std::string Progress::draw(ProgressState state, os::Time now) {
  if (inside_a_line_ || (!changed_ && now < refresh_)) return {};
  drawn_ = state;
  changed_ = false;
  due_ = os::later(now, kRedrawn);
  refresh_ = os::later(now, kRefreshed);
  state.rate = rate_.per_second(now);
  std::string line = progress_line(state, width_());
  if (line == line_) return {};
  line_ = std::move(line);
  return "\r" + line_ + kEraseToEndOfLine;
}

std::string Progress::log(ProgressState state, os::Time now) {
  due_ = os::later(now, now - start_ < kLongRun ? kLogged : kLoggedInLongRun);
  state.rate = rate_.per_second(now);
  return progress_line(state, kUnlimited) + "\n";
}

std::string Progress::hide() {
  if (line_.empty()) return {};
  line_.clear();
  changed_ = true;
  return kEraseLine;
}

void Progress::wrote(std::string_view text) {
  if (!text.empty()) inside_a_line_ = text.back() != '\n';
}

std::string Progress::finish(const runner::Counters& counters, std::optional<uint64_t> total, os::Time now) {
  const ProgressStyle style = std::exchange(style_, ProgressStyle::none);
  if (style != ProgressStyle::log_lines) return hide();
  ProgressState state = state_of(counters, total);
  state.took = now - start_;
  return progress_line(state, kUnlimited) + "\n";
}

os::Time Progress::next() const {
  switch (style_) {
    case ProgressStyle::none:
      return os::kNever;
    case ProgressStyle::log_lines:
      return due_;
    case ProgressStyle::redrawn_line:
      break;
  }
  if (inside_a_line_) return os::kNever;
  return changed_ ? due_ : refresh_;
}

}  // namespace mpr::app
