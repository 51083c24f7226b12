// mpr map at a terminal: Ctrl-C, and the progress line.
#include <signal.h>

#include <algorithm>
#include <cctype>

#include <catch2/catch.hpp>

#include "support/mpr_command.hpp"
#include "support/terminal.hpp"

using namespace mpr::test;

namespace {

/// Without what only moves the cursor, erases or colours: ESC [ ... letter.
std::string without_escapes(const std::string& screen) {
  std::string text;
  for (size_t at = 0; at < screen.size(); ++at) {
    if (screen[at] == '\x1b') {
      while (at < screen.size() && std::isalpha(static_cast<unsigned char>(screen[at])) == 0) ++at;
    } else {
      text += screen[at];
    }
  }
  return text;
}

/// What is shown between one return to the beginning of the line and the next.
std::vector<std::string> shown_pieces(const std::string& screen) {
  std::string text = without_escapes(screen);
  std::replace(text.begin(), text.end(), '\r', '\n');
  return lines(text);
}

/// How many columns UTF-8 text takes, if no character is wide.
size_t columns(const std::string& text) {
  size_t count = 0;
  for (const char byte : text) count += (static_cast<unsigned char>(byte) & 0xc0U) != 0x80U ? 1 : 0;
  return count;
}

/// Task 1 ends at once; task 2 says that it runs and waits for `go`.
const Argv kTwoTasks{"map",
                     "-j2",
                     "sh",
                     "-c",
                     R"([ $0 = 1 ] || { touch "$DIR/ready"; "$HELPER" await "$DIR/go"; }; echo result $0)",
                     "--inputs",
                     "1",
                     "2"};

}  // namespace

TEST_CASE("Ctrl-C ends the run, its tasks and mpr by SIGINT") {
  const TempDir dir;
  Census census;
  Terminal terminal(
      mpr_argv({"map", "-j2", "sh", "-c", R"(setsid sleep 1000 & touch "$DIR/$0"; sleep 1000)", "--inputs", "1", "2"}),
      census.mark(with_names(env("DIR", dir.path()))));
  REQUIRE(wait_until([&] { return exists(dir / "1") && exists(dir / "2"); }));
  terminal.type(Terminal::kCtrlC);
  const Result result = terminal.wait();
  INFO(result);
  CHECK(result.signal == SIGINT);
  CHECK(census.processes().empty());
}

TEST_CASE("Ctrl-C twice ends at once what ignores the first") {
  const TempDir dir;
  Census census;
  Terminal terminal(
      mpr_argv({"map", "--kill-after", "1000s", kHelper, "ignore-term", dir / "ready", dir / "got", "--inputs", "1"}),
      census.mark(with_names({})));
  REQUIRE(wait_until([&] { return exists(dir / "ready"); }));
  terminal.type(Terminal::kCtrlC);
  REQUIRE(wait_until([&] { return exists(dir / "got"); }));
  const auto again = Clock::now();
  terminal.type(Terminal::kCtrlC);
  const Result result = terminal.wait();
  INFO(result);
  CHECK(result.signal == SIGINT);
  CHECK(Clock::now() - again < std::chrono::seconds{1} * kSlowness);
  CHECK(census.processes().empty());
}

TEST_CASE("closing the terminal ends the run and everything in it") {
  const TempDir dir;
  Census census;
  Terminal terminal(
      mpr_argv({"map", "sh", "-c", R"(setsid sleep 1000 & touch "$DIR/ready"; sleep 1000)", "--inputs", "1"}),
      census.mark(with_names(env("DIR", dir.path()))));
  REQUIRE(wait_until([&] { return exists(dir / "ready"); }));
  terminal.hang_up();
  const Result result = terminal.wait();
  CHECK(result.signal == SIGHUP);
}

TEST_CASE("a terminal shows how far the run is") {
  const TempDir dir;
  Census census;
  Terminal terminal(mpr_argv(kTwoTasks), census.mark(with_names(env("DIR", dir.path()))));
  terminal.wait_for("1/2");
  touch(dir / "go");
  const Result result = terminal.wait();
  INFO(result);
  CHECK(result.success());
  CHECK_THAT(result.out, Catch::Contains("result 1\r\n") && Catch::Contains("result 2\r\n"));
}

TEST_CASE("the progress line fits a narrow terminal and does not stand among results") {
  const TempDir dir;
  Census census;
  Terminal terminal(mpr_argv(kTwoTasks), census.mark(with_names(env("DIR", dir.path()))), {24, 10});
  terminal.wait_for("1/2");
  touch(dir / "go");
  const Result result = terminal.wait();
  INFO(result);
  const auto pieces = shown_pieces(result.out);
  for (const std::string& piece : pieces) CHECK(columns(piece) <= 24);
  CHECK(std::count(pieces.begin(), pieces.end(), "result 1") == 1);
  CHECK(std::count(pieces.begin(), pieces.end(), "result 2") == 1);
}

TEST_CASE("a progress line is redrawn at most ten times a second") {
  Census census;
  Terminal terminal(mpr_argv({"map", "-j2", "true", "--inputs", "1..500"}), census.mark(with_names({})));
  const Result result = terminal.wait();
  const auto drawn = static_cast<double>(std::count(result.out.begin(), result.out.end(), '\r'));
  CHECK(drawn <= 10 * result.seconds * 2 + 10);  // drawing and erasing may each return to the beginning of the line
}

TEST_CASE("results that go to a terminal are whole while there is progress to show") {
  Census census;
  Terminal terminal(mpr_argv({"map", "-j2", "--progress", "always", "echo", "line", "--inputs", "1..100"}),
                    census.mark(with_names({})));
  const Result result = terminal.wait();
  const auto pieces = shown_pieces(result.out);
  for (int task = 1; task <= 100; ++task) {
    CHECK(std::count(pieces.begin(), pieces.end(), "line " + std::to_string(task)) == 1);
  }
}

TEST_CASE("there is no progress where it is not wanted") {
  const TempDir dir;
  touch(dir / "go");
  for (const char* option : {"--progress=never", "--quiet"}) {
    Census census;
    Argv words = kTwoTasks;
    words.insert(words.begin() + 1, option);
    Terminal terminal(mpr_argv(words), census.mark(with_names(env("DIR", dir.path()))));
    CHECK(terminal.wait().out == "result 1\r\nresult 2\r\n");
  }
}

TEST_CASE("there is no progress in a pipe, unless it is asked for") {
  CHECK(run_mpr({"map", "true", "--inputs", "1..3"}).err.empty());
  const Result always = run_mpr({"map", "--progress", "always", "true", "--inputs", "1..3"});
  INFO(always);
  CHECK_THAT(always.err, Catch::Contains("3/3"));
  CHECK_FALSE(contains(always.err, "\x1b"));
  CHECK_FALSE(contains(always.err, "\r"));
}

TEST_CASE("messages have no colours in a pipe, nor where NO_COLOR is set") {
  CHECK_FALSE(contains(run_mpr({"map", "false", "--inputs", "1"}).err, "\x1b"));
  Census census;
  Terminal terminal(mpr_argv({"map", "--progress=never", "false", "--inputs", "1"}),
                    census.mark(with_names(env("NO_COLOR", "1"))));
  CHECK_FALSE(contains(terminal.wait().out, "\x1b"));
}
