#include "manifest/line_reader.hpp"

#include <sys/ioctl.h>
#include <sys/stat.h>

#include <vector>

#include <catch2/catch.hpp>

#include "scratch_pipe.hpp"
#include "support/temp_dir.hpp"

using mpr::manifest::LineReader;
using mpr::manifest::Step;
using mpr::test::ScratchPipe;
using mpr::test::TempDir;

namespace {

using Lines = std::vector<std::string>;

Lines all_of(LineReader reader) {
  Lines lines;
  std::string line;
  while (reader.next(line) == Step::value) lines.push_back(line);
  CHECK(reader.next(line) == Step::end);
  return lines;
}

Lines lines_of(std::string_view text, char separator = '\n') {
  const TempDir files;
  return all_of(LineReader::file(files.write("f", text), separator));
}

}  // namespace

TEST_CASE("a file is read line by line, empty lines and carriage returns included") {
  CHECK(lines_of("a\nb\n") == Lines{"a", "b"});
  CHECK(lines_of("a\n\n b \r\n\n") == Lines{"a", "", " b \r", ""});
  CHECK(lines_of("").empty());
  CHECK(lines_of("\n") == Lines{""});
}

TEST_CASE("a last line without its separator is a line") {
  CHECK(lines_of("a\nb") == Lines{"a", "b"});
  CHECK(lines_of("a") == Lines{"a"});
}

TEST_CASE("with NUL as the separator, newlines are part of a value") {
  CHECK(lines_of(std::string_view("a\nb\0\0c\0", 7), '\0') == Lines{"a\nb", "", "c"});
}

TEST_CASE("lines come whole whatever their place in the buffer") {
  Lines expected;
  std::string text;
  for (size_t i = 0; i < 40'000; ++i) {
    expected.push_back(std::string(i % 13, 'x') + std::to_string(i));
    text += expected.back() + "\n";
  }
  expected.emplace_back(200'000, 'y');
  text += expected.back();
  CHECK(lines_of(text) == expected);
}

TEST_CASE("a line that holds a NUL byte is an error that names it, after the lines before it") {
  const TempDir files;
  auto reader = LineReader::file(files.write("f", std::string_view("a\nb\0c\n", 6)), '\n');
  std::string line;
  REQUIRE(reader.next(line) == Step::value);
  CHECK(line == "a");
  CHECK_THROWS_WITH(reader.next(line), "line 2 of '" + files / "f" + "' holds a NUL byte");
}

TEST_CASE("a line of 16 MiB is read, a longer one is an error") {
  const std::string longest(LineReader::kLongestLine, 'x');
  CHECK(lines_of("a\n" + longest + "\nb\n") == Lines{"a", longest, "b"});
  CHECK(lines_of(longest) == Lines{longest});

  const TempDir files;
  for (const char* end : {"x", "x\n"}) {
    auto reader = LineReader::file(files.write("f", "a\n" + longest + end), '\n');
    std::string line;
    REQUIRE(reader.next(line) == Step::value);
    CHECK_THROWS_WITH(reader.next(line), "line 2 of '" + files / "f" + "' is longer than 16 MiB");
  }
}

TEST_CASE("a file that cannot be read is an error before anything is read") {
  const TempDir files;
  const std::string path = files / "missing";
  CHECK_THROWS_WITH(LineReader::file(path, '\n'), "cannot read '" + path + "': No such file or directory");
  CHECK_THROWS_WITH(LineReader::file("/", '\n'), "cannot read '/': Is a directory");
  CHECK_THROWS_WITH(LineReader::standard_input(mpr::os::FdRef{-1}, '\n'),
                    "cannot read standard input: Bad file descriptor");
}

TEST_CASE("an empty pipe makes the reader wait, not block, and what comes is given line by line") {
  ScratchPipe pipe;
  auto reader = LineReader::standard_input(pipe.reader(), '\n');
  std::string line;
  CHECK(reader.next(line) == Step::wait);
  CHECK(reader.wait_fd() == pipe.reader());
  pipe.put("a\nb");
  REQUIRE(reader.next(line) == Step::value);
  CHECK(line == "a");
  CHECK(reader.next(line) == Step::wait);
  pipe.put("c\n");
  REQUIRE(reader.next(line) == Step::value);
  CHECK(line == "bc");
  pipe.put("d");
  CHECK(reader.next(line) == Step::wait);
  pipe.close();
  REQUIRE(reader.next(line) == Step::value);
  CHECK(line == "d");
  CHECK(reader.next(line) == Step::end);
}

TEST_CASE("a pipe is read no further than a buffer beyond the line asked for, and stays blocking") {
  ScratchPipe pipe;
  const size_t more = size_t{200} << 10U;
  REQUIRE(::fcntl(pipe.reader().get(), F_SETPIPE_SZ, 1 << 18) >= static_cast<int>(more));
  pipe.put(std::string(more, '\n'));
  auto reader = LineReader::standard_input(pipe.reader(), '\n');
  std::string line;
  REQUIRE(reader.next(line) == Step::value);
  int left = 0;
  REQUIRE(::ioctl(pipe.reader().get(), FIONREAD, &left) == 0);
  CHECK(static_cast<size_t>(left) >= more - (size_t{64} << 10U));
  CHECK((::fcntl(pipe.reader().get(), F_GETFL) & O_NONBLOCK) == 0);
}

TEST_CASE("a named pipe that nobody has opened yet is waited for") {
  const TempDir files;
  const std::string path = files / "fifo";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  auto reader = LineReader::file(path, '\n');
  std::string line;
  CHECK(reader.next(line) == Step::wait);
  mpr::os::UniqueFd writer(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  CHECK(reader.next(line) == Step::wait);
  REQUIRE(::write(writer.get(), "a\n", 2) == 2);
  REQUIRE(reader.next(line) == Step::value);
  CHECK(line == "a");
  writer.reset();
  CHECK(reader.next(line) == Step::end);
}
