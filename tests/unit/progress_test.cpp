#include "terminal/progress.hpp"

#include <pty.h>
#include <sys/ioctl.h>

#include <chrono>
#include <cstdlib>
#include <vector>

#include <catch2/catch.hpp>

#include "terminal/terminal.hpp"

using namespace mpr;
using namespace mpr::app;
using namespace std::chrono_literals;

namespace {

constexpr unsigned kWide = 200;
const os::Time kStart{1000s};

ProgressState some_state() {
  ProgressState state;
  state.done = 1234;
  state.total = 100000;
  state.running = 2;
  state.failed = 3;
  state.rate = 1480.4;
  return state;
}

std::string with_rate(double rate) {
  ProgressState state;
  state.rate = rate;
  return progress_line(state, kWide);
}

runner::Counters counted(uint64_t succeeded, uint64_t running = 2) {
  runner::Counters counters;
  counters.succeeded = succeeded;
  counters.running = running;
  return counters;
}

Progress on_terminal(unsigned width = kWide) {
  return {ProgressStyle::redrawn_line, kStart, [width] { return width; }};
}

Progress in_file() {
  return {ProgressStyle::log_lines, kStart, [] { return 10U; }};
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the progress line says what is done, running and failed, how fast, and what is left") {
  CHECK(progress_line(some_state(), kWide) == "mpr: 1234/100000 done, 2 running, 3 failed, 1480/s, 1 min 7 s left");
}

TEST_CASE("the progress line leaves out what is nothing or unknown") {
  ProgressState state;
  CHECK(progress_line(state, kWide) == "mpr: 0 done");
  state.done = 7;
  state.rate = 2;
  CHECK(progress_line(state, kWide) == "mpr: 7 done, 2/s");
  state.total = 7;
  CHECK(progress_line(state, kWide) == "mpr: 7/7 done, 2/s");
  state.retried = 4;
  CHECK(progress_line(state, kWide) == "mpr: 7/7 done, 4 retried, 2/s");
  state.took = 1240ms;
  CHECK(progress_line(state, kWide) == "mpr: 7/7 done, 4 retried, took 1.24 s");
}

TEST_CASE("a rate has three digits and a unit in which it is at least one") {
  CHECK(with_rate(123456) == "mpr: 0 done, 123000/s");
  CHECK(with_rate(999.7) == "mpr: 0 done, 1000/s");
  CHECK(with_rate(14.83) == "mpr: 0 done, 14.8/s");
  CHECK(with_rate(1.5) == "mpr: 0 done, 1.5/s");
  CHECK(with_rate(0.5) == "mpr: 0 done, 30/min");
  CHECK(with_rate(1.0 / 7200) == "mpr: 0 done, 0.5/h");
  CHECK(with_rate(1e-9) == "mpr: 0 done");
}

TEST_CASE("a remaining time that nobody would wait for is not shown") {
  ProgressState state;
  state.done = 1;
  state.total = UINT64_MAX;
  state.rate = 0.1;
  CHECK_FALSE(contains(progress_line(state, kWide), "left"));
}

TEST_CASE("a progress line is always narrower than the terminal and never cuts a number") {
  ProgressState state = some_state();
  state.retried = 5;
  const std::string whole = progress_line(state, kWide);
  CHECK(progress_line(state, static_cast<unsigned>(whole.size()) + 1) == whole);
  CHECK(progress_line(state, static_cast<unsigned>(whole.size())) == progress_line(some_state(), kWide));
  for (unsigned width = 1; width < whole.size(); ++width) CHECK(progress_line(state, width).size() < width);
  CHECK(progress_line(state, 50) == "mpr: 1234/100000 done, 3 failed, 1 min 7 s left");
  CHECK(progress_line(state, 35) == "mpr: 1234/100000 done, 3 failed");
  CHECK(progress_line(state, 24) == "mpr: 1234/100000 done");
  CHECK(progress_line(state, 17) == "1234/100000 done");
  CHECK(progress_line(state, 12) == "1234/100000");
  CHECK(progress_line(state, 11).empty());
  CHECK(progress_line(state, 0).empty());
}

TEST_CASE("the rate is that of the last seconds, not of the whole run") {
  TaskRate rate(kStart);
  CHECK_FALSE(rate.per_second(kStart + 1s));
  uint64_t done = 0;
  os::Time now = kStart;
  for (int i = 0; i < 600; ++i) rate.update(done += 1, now += 100ms);
  CHECK(rate.per_second(now).value() == Approx(10).epsilon(0.1));
  for (int i = 0; i < 300; ++i) rate.update(done += 100, now += 100ms);
  CHECK(rate.per_second(now).value() == Approx(1000).epsilon(0.1));
}

TEST_CASE("the rate of long tasks does not swing between their ends") {
  TaskRate rate(kStart);
  uint64_t done = 0;
  os::Time now = kStart;
  for (int pair = 0; pair < 20; ++pair) {
    rate.update(done += 1, now += 59s);
    rate.update(done += 1, now += 1s);
  }
  CHECK(rate.per_second(now).value() == Approx(2.0 / 60).epsilon(0.2));
  CHECK(rate.per_second(now + 59s).value() == Approx(2.0 / 60).epsilon(0.3));
}

TEST_CASE("the rate sinks while nothing is done and survives counts that jump") {
  TaskRate rate(kStart);
  rate.update(1000, kStart + 1s);
  CHECK(rate.per_second(kStart + 1s).value() == Approx(1000));
  CHECK(rate.per_second(kStart + 100s).value() == Approx(10));
  rate.update(5, kStart + 101s);
  rate.update(6, kStart + 102s);
  CHECK(rate.per_second(kStart + 102s).value() > 0);
  rate.update(7, kStart + 102s);
  CHECK(rate.per_second(kStart + 102s).value() < 1000);
  TaskRate at_once(kStart);
  at_once.update(5, kStart);
  CHECK_FALSE(at_once.per_second(kStart));
}

TEST_CASE("progress is shown on a terminal, and elsewhere only when it is asked for") {
  CHECK(progress_style(ProgressMode::automatic, true, "xterm") == ProgressStyle::redrawn_line);
  CHECK(progress_style(ProgressMode::automatic, true, nullptr) == ProgressStyle::redrawn_line);
  CHECK(progress_style(ProgressMode::automatic, true, "dumb") == ProgressStyle::none);
  CHECK(progress_style(ProgressMode::automatic, false, "xterm") == ProgressStyle::none);
  CHECK(progress_style(ProgressMode::always, true, "xterm") == ProgressStyle::redrawn_line);
  CHECK(progress_style(ProgressMode::always, true, "dumb") == ProgressStyle::log_lines);
  CHECK(progress_style(ProgressMode::always, false, "xterm") == ProgressStyle::log_lines);
  CHECK(progress_style(ProgressMode::never, true, "xterm") == ProgressStyle::none);
}

TEST_CASE("a terminal shows nothing of a run that is shorter than half a second") {
  Progress progress = on_terminal();
  CHECK(progress.next() == kStart + 500ms);
  CHECK(progress.update(counted(3), 10, kStart + 499ms).empty());
  CHECK(progress.next() == kStart + 500ms);
  CHECK(progress.finish(counted(10), 10, kStart + 499ms).empty());
  CHECK(progress.next() == os::kNever);
}

TEST_CASE("a terminal's line is drawn over itself, and erased at the end") {
  Progress progress = on_terminal();
  CHECK(progress.update(counted(3), 10, kStart + 500ms) == "\rmpr: 3/10 done, 2 running, 6/s, 2 s left\x1b[K");
  CHECK(progress.update(counted(6), 10, kStart + 1s) == "\rmpr: 6/10 done, 2 running, 6/s, 1 s left\x1b[K");
  CHECK(progress.finish(counted(10, 0), 10, kStart + 2s) == "\r\x1b[K");
  CHECK(progress.update(counted(10), 10, kStart + 9s).empty());
}

TEST_CASE("a terminal's line is drawn at most ten times a second, however often it changes") {
  Progress progress = on_terminal();
  int drawn = 0;
  uint64_t done = 0;
  for (os::Time now = kStart; now < kStart + 10s; now += 1ms) {
    drawn += progress.update(counted(++done), std::nullopt, now).empty() ? 0 : 1;
    static_cast<void>(progress.hide());
  }
  CHECK(drawn == 95);  // from half a second on
}

TEST_CASE("progress asks to be woken soon after a change and once a second without one") {
  Progress progress = on_terminal();
  const os::Time now = kStart + 1s;
  REQUIRE_FALSE(progress.update(counted(3), 10, now).empty());
  CHECK(progress.next() == now + 1s);
  CHECK(progress.update(counted(4), 10, now + 50ms).empty());
  CHECK(progress.next() == now + 100ms);
  CHECK_FALSE(progress.update(counted(4), 10, now + 100ms).empty());
  CHECK(progress.next() == now + 1100ms);
  CHECK(progress.update(counted(4), 10, now + 500ms).empty());
  CHECK_FALSE(progress.update(counted(4), 10, now + 1100ms).empty());  // slower, and longer to go
}

TEST_CASE("a hidden line is erased once and comes back when its time has come") {
  Progress progress = on_terminal();
  const os::Time now = kStart + 1s;
  CHECK(progress.hide().empty());
  REQUIRE_FALSE(progress.update(counted(3), 10, now).empty());
  CHECK(progress.hide() == "\r\x1b[K");
  CHECK(progress.hide().empty());
  CHECK(progress.next() == now + 100ms);
  CHECK(progress.update(counted(3), 10, now + 99ms).empty());
  CHECK(contains(progress.update(counted(3), 10, now + 100ms), "3/10"));
}

TEST_CASE("progress is never drawn into an unfinished line of something else") {
  Progress progress = on_terminal();
  progress.wrote("half a line");
  CHECK(progress.update(counted(3), 10, kStart + 1s).empty());
  CHECK(progress.next() == os::kNever);
  progress.wrote("");
  CHECK(progress.update(counted(3), 10, kStart + 1s).empty());
  progress.wrote(", and its end\n");
  CHECK(progress.next() == kStart + 500ms);
  CHECK(contains(progress.update(counted(3), 10, kStart + 1s), "3/10"));
}

TEST_CASE("a terminal's line is as wide as the terminal is when it is drawn") {
  unsigned width = 80;
  Progress progress(ProgressStyle::redrawn_line, kStart, [&] { return width; });
  REQUIRE(contains(progress.update(counted(3), 10, kStart + 1s), "running"));
  width = 16;
  CHECK(progress.update(counted(4), 10, kStart + 2s) == "\rmpr: 4/10 done\x1b[K");
}

TEST_CASE("in a file progress is whole lines, without escapes, rarer in a long run, and one at the end") {
  Progress progress = in_file();
  CHECK(progress.next() == kStart + 10s);
  std::vector<std::chrono::seconds> at;
  for (std::chrono::seconds after = 0s; after <= 300s; after += 1s) {
    const std::string text = progress.update(counted(3), 10, kStart + after);
    if (text.empty()) continue;
    at.push_back(after);
    CHECK_THAT(text, Catch::StartsWith("mpr: 3/10 done, 2 running"));
    CHECK(text.find_first_of("\r\x1b\n") == text.size() - 1);
    CHECK(progress.hide().empty());
  }
  CHECK(at == std::vector{10s, 20s, 30s, 40s, 50s, 60s, 70s, 80s, 90s, 100s, 110s, 120s, 180s, 240s, 300s});
  CHECK(progress.finish(counted(10, 0), 10, kStart + 310s) == "mpr: 10/10 done, took 5 min 10 s\n");
  CHECK(progress.next() == os::kNever);
}

TEST_CASE("without progress nothing is shown and nobody is woken") {
  Progress progress(ProgressStyle::none, kStart, [] { return 80U; });
  CHECK(progress.next() == os::kNever);
  CHECK(progress.update(counted(3), 10, kStart + 1h).empty());
  CHECK(progress.finish(counted(10), 10, kStart + 1h).empty());
}

TEST_CASE("tasks that never ran do not count as done") {
  runner::Counters counters = counted(3, 0);
  counters.failed = 1;
  counters.cancelled = 2;
  counters.dropped = 4;
  CHECK(in_file().finish(counters, 10, kStart + 1s) == "mpr: 4/10 done, 1 failed, took 1 s\n");
}

TEST_CASE("a terminal tells its width; where there is none, COLUMNS does, or it is 80") {
  int controller = -1;
  int terminal = -1;
  const winsize size{24, 57, 0, 0};
  REQUIRE(::openpty(&controller, &terminal, nullptr, nullptr, &size) == 0);
  const os::UniqueFd own_controller(controller);
  const os::UniqueFd own_terminal(terminal);
  CHECK(is_terminal(own_terminal));
  CHECK(terminal_width(own_terminal) == 57);

  const char* before = std::getenv("COLUMNS");
  const std::string columns = before == nullptr ? "" : before;
  const os::FdRef none;
  CHECK_FALSE(is_terminal(none));
  ::setenv("COLUMNS", "100", 1);
  CHECK(terminal_width(none) == 100);
  for (const char* nonsense : {"", "0", "-5", "80x", "99999999999"}) {
    ::setenv("COLUMNS", nonsense, 1);
    CHECK(terminal_width(none) == 80);
  }
  ::unsetenv("COLUMNS");
  CHECK(terminal_width(none) == 80);
  if (before != nullptr) ::setenv("COLUMNS", columns.c_str(), 1);
}
