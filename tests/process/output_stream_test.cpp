#include "os/output_stream.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include "os/io.hpp"
#include "os/pipe.hpp"
#include "os/signals.hpp"
#include "support/process_support.hpp"
#include "support/temp_dir.hpp"

using namespace mpr::os;
using namespace mpr::test;

namespace {

bool blocking(FdRef fd) {
  return (::fcntl(fd.get(), F_GETFL) & O_NONBLOCK) == 0;
}

/// Reads what is there now.
std::string read_now(FdRef fd) {
  ::fcntl(fd.get(), F_SETFL, O_NONBLOCK);
  return read_all(fd.get());
}

std::string long_text(size_t size) {
  std::string text;
  for (size_t i = 0; text.size() < size; ++i) text += std::to_string(i) + ' ';
  text.resize(size);
  return text;
}

size_t resident_bytes() {
  const std::string statm = mpr::test::read_file("/proc/self/statm");
  return std::stoul(statm.substr(statm.find(' '))) * 4096;
}

/// Flushes and reads in turns until nothing is left. A flush that waits for the reader would hang.
std::string pump(OutputStream& out, FdRef reader) {
  std::string text;
  while (out.unsent() > 0) {
    out.flush();
    text += read_now(reader);
  }
  return text;
}

}  // namespace

TEST_CASE("what is appended is written by flush, in order, and not before") {
  const NothingLeft nothing_left;
  const Pipe pipe = make_pipe();
  OutputStream out{pipe.writer};
  out.append("one ");
  out.append("two");
  CHECK(out.unsent() == 7);
  CHECK(read_now(pipe.reader).empty());
  out.flush();
  CHECK(out.unsent() == 0);
  CHECK(read_now(pipe.reader) == "one two");
}

TEST_CASE("a pipe that nobody reads never makes us wait, and nothing is lost") {
  const NothingLeft nothing_left;
  const Pipe pipe = make_pipe();
  OutputStream out{pipe.writer};
  const std::string text = long_text(500'000);
  out.append(text);
  out.flush();
  CHECK(out.unsent() > 0);
  CHECK(out.unsent() < text.size());
  CHECK_FALSE(out.closed());
  CHECK((pump(out, pipe.reader) == text));
}

TEST_CASE("a pipe stays blocking for those who share it") {
  const Pipe pipe = make_pipe();
  OutputStream out{pipe.writer};
  out.append(long_text(500'000));
  out.flush();
  CHECK(blocking(pipe.writer));
}

TEST_CASE("a socket that nobody reads never makes us wait, and stays blocking") {
  const NothingLeft nothing_left;
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  const UniqueFd writer{ends[0]};
  const UniqueFd reader{ends[1]};
  OutputStream out{writer};
  const std::string text = long_text(1'000'000);
  out.append(text);
  out.flush();
  CHECK(out.unsent() > 0);
  CHECK(blocking(writer));
  CHECK((pump(out, reader) == text));
}

TEST_CASE("a reader that has gone closes the stream, and what is appended then is dropped") {
  CHECK(in_child([] {
          ::signal(SIGPIPE, SIG_IGN);
          Pipe pipe = make_pipe();
          OutputStream out{pipe.writer};
          pipe.reader.reset();
          out.append("text");
          out.flush();
          std::string text = out.closed() && out.unsent() == 0 ? "closed" : "open";
          out.append("more");
          return text + (out.unsent() == 0 ? "" : ", kept");
        }) == "closed");
}

TEST_CASE("a pipe whose reader has gone before the stream is made is closed too") {
  CHECK(in_child([] {
          ::signal(SIGPIPE, SIG_IGN);
          Pipe pipe = make_pipe();
          pipe.reader.reset();
          OutputStream out{pipe.writer};
          out.append("text");
          out.flush();
          return std::string(out.closed() ? "closed" : "open");
        }) == "closed");
}

TEST_CASE("a file gets all of it, where the file is") {
  const NothingLeft nothing_left;
  const TempDir dir;
  const std::string path = dir.write("file", "before ");
  const UniqueFd file{::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC)};
  OutputStream out{file};
  const std::string text = long_text(300'000);
  out.append(text);
  out.flush();
  CHECK(out.unsent() == 0);
  CHECK((mpr::test::read_file(path) == "before " + text));
}

TEST_CASE("a file keeps its offset, which others share") {
  const TempDir dir;
  const std::string path = dir.write("file", "");
  const UniqueFd file{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
  REQUIRE(::write(file.get(), "one ", 4) == 4);
  OutputStream out{file};
  out.append("two ");
  out.flush();
  REQUIRE(::write(file.get(), "three", 5) == 5);
  CHECK(mpr::test::read_file(path) == "one two three");
}

TEST_CASE("a full disk is an error, and null takes everything") {
  const NothingLeft nothing_left;
  const UniqueFd full{::open("/dev/full", O_WRONLY | O_CLOEXEC)};
  OutputStream out{full};
  out.append("text");
  CHECK_THROWS_WITH(out.flush(), Catch::Contains("No space left on device"));
  const UniqueFd null{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
  OutputStream nowhere{null};
  nowhere.append(long_text(300'000));
  nowhere.flush();
  CHECK(nowhere.unsent() == 0);
}

TEST_CASE("a stream that always has something unsent needs no more memory than that") {
  const Pipe pipe = make_pipe();
  OutputStream out{pipe.writer};
  const std::string text = long_text(32 * 1024);
  const size_t before = resident_bytes();
  std::byte buffer[64 * 1024];
  for (int i = 0; i < 4000; ++i) {  // 128 MB
    out.append(text);
    while (out.unsent() > 4 * text.size()) {
      out.flush();
      (void)read_some(pipe.reader, buffer);
    }
  }
  CHECK(out.unsent() > 0);
  CHECK(resident_bytes() < before + 16 * 1024 * 1024);
}

TEST_CASE("what is passed on is written at once, behind what was held, and the rest is kept") {
  const NothingLeft nothing_left;
  const Pipe pipe = make_pipe();
  OutputStream out{pipe.writer};
  out.append("held ");
  const std::string text = long_text(300'000);
  out.pass_on(std::as_bytes(std::span{text}));
  CHECK(out.unsent() < text.size());
  CHECK(out.unsent() > 0);
  std::string seen = read_now(pipe.reader);
  out.pass_on({});
  seen += read_now(pipe.reader) + pump(out, pipe.reader);
  CHECK((seen == "held " + text));
}

TEST_CASE("what is passed on to a reader that has gone is dropped") {
  const NothingLeft nothing_left;
  Pipe pipe = make_pipe();
  OutputStream out{pipe.writer};
  pipe.reader.reset();
  const MaskGuard mask;
  block_too({SIGPIPE});
  out.append("held ");
  const std::string text = long_text(30'000);
  out.pass_on(std::as_bytes(std::span{text}));
  CHECK(out.closed());
  out.pass_on(std::as_bytes(std::span{text}));
  CHECK(out.unsent() == 0);
}
