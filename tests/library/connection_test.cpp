#include "mpr/connection.hpp"

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <sstream>
#include <thread>

#include <catch2/catch.hpp>

#include "os/pipe.hpp"

using namespace mpr;

namespace {

Connection::Bytes bytes_of(std::string_view text) {
  return std::as_bytes(std::span{text});
}

std::string text_of(Connection::Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// A text that is nowhere like itself, so that a piece out of place is seen.
std::string long_text(size_t size) {
  std::string text;
  for (size_t i = 0; text.size() < size; ++i) text += std::to_string(i) + ' ';
  text.resize(size);
  return text;
}

/// Whether a thread of this process comes to wait for something, soon after it has told its number.
bool falls_asleep(const std::atomic<pid_t>& thread) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds{3};
  while (std::chrono::steady_clock::now() < limit) {
    std::this_thread::yield();
    if (thread == 0) continue;
    const auto stat = os::read_file("/proc/self/task/" + std::to_string(thread) + "/stat");
    if (stat && stat->find(") S ") != std::string::npos) return true;
  }
  return false;
}

size_t resident_bytes() {
  std::istringstream statm(os::read_file("/proc/self/statm").value());
  size_t total = 0;
  size_t resident = 0;
  statm >> total >> resident;
  return resident * 4096;
}

/// SIGPIPE ignored for as long as this lives.
class NoSigpipe {
 public:
  NoSigpipe() : before_(::signal(SIGPIPE, SIG_IGN)) {}
  ~NoSigpipe() { ::signal(SIGPIPE, before_); }
  NoSigpipe(const NoSigpipe&) = delete;
  NoSigpipe& operator=(const NoSigpipe&) = delete;

 private:
  void (*before_)(int);
};

}  // namespace

TEST_CASE("messages arrive whole and in order, empty ones too") {
  auto [reader, writer] = make_one_way_pipe();
  for (const std::string_view text : {"one", "", "three"}) writer.send_bytes(bytes_of(text));
  for (const std::string_view text : {"one", "", "three"}) {
    const auto message = reader.recv_bytes();
    REQUIRE(message);
    CHECK(text_of(*message) == text);
  }
}

TEST_CASE("the end comes after the last message, and stays") {
  auto [reader, writer] = make_one_way_pipe();
  writer.send_bytes(bytes_of("last"));
  writer.close();
  CHECK(writer.closed());
  CHECK(reader.recv_bytes());
  CHECK_FALSE(reader.recv_bytes());
  CHECK_FALSE(reader.recv_bytes());
}

TEST_CASE("both ends are close-on-exec and blocking from birth") {
  const OneWayPipe pair = make_one_way_pipe();
  for (const os::FdRef end : {pair.reader.fd(), pair.writer.fd()}) {
    CHECK((::fcntl(end.get(), F_GETFD) & FD_CLOEXEC) != 0);
    CHECK((::fcntl(end.get(), F_GETFL) & O_NONBLOCK) == 0);
  }
}

TEST_CASE("a message of any size arrives, also larger than PIPE_BUF and than the pipe") {
  const auto size = GENERATE(size_t{PIPE_BUF} - 4, size_t{PIPE_BUF} + 1, size_t{65535}, size_t{65536}, size_t{65537},
                             size_t{3'000'000});
  auto pair = make_one_way_pipe();
  const std::string sent = long_text(size);
  std::thread sender([&] {
    pair.writer.send_bytes(bytes_of(sent));
    pair.writer.send_bytes(bytes_of("next"));
    pair.writer.close();
  });
  const auto first = pair.reader.recv_bytes();
  const std::string received = first ? text_of(*first) : "";
  const auto second = pair.reader.recv_bytes();
  const std::string after = second ? text_of(*second) : "";
  sender.join();
  CHECK((received == sent));
  CHECK(after == "next");
}

TEST_CASE("many small messages through a full pipe arrive whole and in order") {
  auto pair = make_one_way_pipe();
  constexpr int kMessages = 50'000;
  std::thread sender([&] {
    for (int i = 0; i < kMessages; ++i) pair.writer.send_bytes(bytes_of(std::to_string(i)));
    pair.writer.close();
  });
  int wrong = 0;
  int received = 0;
  while (const auto message = pair.reader.recv_bytes()) wrong += text_of(*message) != std::to_string(received++);
  sender.join();
  CHECK(wrong == 0);
  CHECK(received == kMessages);
}

TEST_CASE("a message that was cut off is never delivered, wherever it was cut") {
  os::Pipe whole = os::make_pipe();
  Connection writer{std::move(whole.writer)};
  writer.send_bytes(bytes_of("hello"));
  std::byte frame[64];
  const size_t size = os::read_some(whole.reader, frame).bytes;
  REQUIRE(size == 9);
  for (size_t cut = 0; cut < size; ++cut) {
    os::Pipe pipe = os::make_pipe();
    Connection reader{std::move(pipe.reader)};
    REQUIRE(os::write_all(pipe.writer, std::span{frame}.first(size)));
    REQUIRE(os::write_all(pipe.writer, std::span{frame}.first(cut)));
    pipe.writer.reset();
    const auto first = reader.recv_bytes();
    REQUIRE(first);
    CHECK(text_of(*first) == "hello");
    CHECK_FALSE(reader.recv_bytes());
  }
}

TEST_CASE("sending to nobody is an error, not a signal") {
  const NoSigpipe no_sigpipe;
  auto [reader, writer] = make_one_way_pipe();
  reader.close();
  CHECK_THROWS_AS(writer.send_bytes(bytes_of("x")), ConnectionClosed);
  writer.post(bytes_of("x"));
  CHECK(writer.flush() == os::IoState::closed);
}

TEST_CASE("a full pipe makes flush say so; nothing is lost when it goes on") {
  auto [reader, writer] = make_one_way_pipe();
  reader.set_nonblocking();
  writer.set_nonblocking();
  const std::string big = long_text(300'000);
  writer.post(bytes_of("first"));
  writer.post(bytes_of(big));
  writer.post(bytes_of("last"));
  CHECK(writer.unsent() == 5 + 300'000 + 4 + 3 * 4);
  CHECK(writer.flush() == os::IoState::would_block);
  CHECK(writer.unsent() > 0);
  CHECK(writer.unsent() < 300'000);

  std::vector<std::string> received;
  while (received.size() < 3) {
    while (reader.fill() == os::IoState::done) {
    }
    while (const auto message = reader.next()) received.push_back(text_of(*message));
    (void)writer.flush();
  }
  CHECK(received[0] == "first");
  CHECK((received[1] == big));
  CHECK(received[2] == "last");
  CHECK(writer.flush() == os::IoState::done);
  CHECK(writer.unsent() == 0);
}

TEST_CASE("an empty pipe makes fill say so, and a closed one that it has ended") {
  auto [reader, writer] = make_one_way_pipe();
  reader.set_nonblocking();
  CHECK(reader.fill() == os::IoState::would_block);
  CHECK_FALSE(reader.next());
  writer.close();
  CHECK(reader.fill() == os::IoState::closed);
}

TEST_CASE("several messages of one fill are given out one after another, and none is changed by the next") {
  auto [reader, writer] = make_one_way_pipe();
  writer.send_bytes(bytes_of("one"));
  writer.send_bytes(bytes_of("two"));
  CHECK(reader.fill() == os::IoState::done);
  const auto one = reader.next();
  const auto two = reader.next();
  REQUIRE((one && two));
  CHECK(text_of(*one) == "one");
  CHECK(text_of(*two) == "two");
  CHECK_FALSE(reader.next());
}

TEST_CASE("send_bytes sends what was posted before it, in that order") {
  auto [reader, writer] = make_one_way_pipe();
  writer.post(bytes_of("posted"));
  writer.send_bytes(bytes_of("sent"));
  CHECK(text_of(*reader.recv_bytes()) == "posted");
  CHECK(text_of(*reader.recv_bytes()) == "sent");
}

TEST_CASE("recv_bytes waits asleep, also on an end that was made non-blocking") {
  auto pair = make_one_way_pipe();
  const bool nonblocking = GENERATE(false, true);
  CAPTURE(nonblocking);
  if (nonblocking) pair.reader.set_nonblocking();
  std::atomic<pid_t> receiving_thread = 0;
  std::string text;
  std::thread receiver([&] {
    receiving_thread = ::gettid();
    if (const auto message = pair.reader.recv_bytes()) text = text_of(*message);
  });
  const bool slept = falls_asleep(receiving_thread);
  pair.writer.send_bytes(bytes_of("late"));
  receiver.join();
  CHECK(slept);
  CHECK(text == "late");
}

TEST_CASE("send_bytes waits on an end that was made non-blocking until the pipe has taken everything") {
  auto pair = make_one_way_pipe();
  pair.writer.set_nonblocking();
  const std::string big = long_text(1'000'000);
  std::string text;
  std::thread receiver([&] {
    if (const auto message = pair.reader.recv_bytes()) text = text_of(*message);
  });
  pair.writer.send_bytes(bytes_of(big));
  const size_t unsent = pair.writer.unsent();
  pair.writer.close();
  receiver.join();
  CHECK(unsent == 0);
  CHECK((text == big));
}

TEST_CASE("a writer that always has something unsent needs no more memory than that") {
  auto [reader, writer] = make_one_way_pipe();
  reader.set_nonblocking();
  writer.set_nonblocking();
  const std::string text = long_text(32 * 1024);
  const size_t before = resident_bytes();
  size_t received = 0;
  size_t least_unsent = SIZE_MAX;
  constexpr size_t kMessages = 4000;  // 128 MB
  for (size_t i = 0; i < kMessages; ++i) {
    writer.post(bytes_of(text));
    while (writer.unsent() > 4 * text.size()) {
      (void)writer.flush();
      (void)reader.fill();
      while (reader.next()) ++received;
    }
    if (i > 10) least_unsent = std::min(least_unsent, writer.unsent());
  }
  REQUIRE(least_unsent > 0);
  CHECK(received + 10 > kMessages);
  CHECK(resident_bytes() < before + 16 * 1024 * 1024);
}
