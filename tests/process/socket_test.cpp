#include "os/socket.hpp"

#include <array>

#include "os/pipe.hpp"
#include "support/process_support.hpp"

using namespace mpr::os;
using namespace mpr::test;

namespace {

bool close_on_exec(FdRef fd) {
  return (::fcntl(fd.get(), F_GETFD) & FD_CLOEXEC) != 0;
}

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span{text});
}

/// The text of one receive_some(), and the descriptors that came with it.
struct Received {
  IoState state = IoState::done;
  std::string text;
  std::vector<UniqueFd> descriptors;
};
Received receive(const UniqueFd& socket, size_t most = 100) {
  Received received;
  std::array<std::byte, 100> buffer{};
  const IoResult result = receive_some(socket, std::span{buffer}.first(most), received.descriptors);
  received.state = result.state;
  received.text.assign(reinterpret_cast<const char*>(buffer.data()), result.bytes);
  return received;
}

}  // namespace

TEST_CASE("a descriptor arrives with the first byte, close-on-exec, and is of the same file") {
  const NothingLeft nothing_left;
  const SocketPair sockets = GENERATE(0, 1) == 0 ? make_socket_pair() : make_packet_socket_pair();
  CHECK(close_on_exec(sockets.first));
  CHECK(close_on_exec(sockets.second));
  CHECK(is_socket(sockets.first));
  Pipe pipe = make_pipe();
  const std::array<FdRef, 2> sent{pipe.reader, pipe.writer};
  CHECK(send_some(sockets.first, bytes_of("two"), sent).bytes == 3);
  pipe.reader.reset();
  pipe.writer.reset();
  const Received received = receive(sockets.second);
  CHECK(received.text == "two");
  REQUIRE(received.descriptors.size() == 2);
  for (const UniqueFd& each : received.descriptors) CHECK(close_on_exec(each));
  CHECK(::write(received.descriptors[1].get(), "x", 1) == 1);
  char byte = 0;
  CHECK(::read(received.descriptors[0].get(), &byte, 1) == 1);
  CHECK(byte == 'x');
}

TEST_CASE("what comes without a descriptor brings none, and nothing goes beyond what came with one") {
  const NothingLeft nothing_left;
  const SocketPair sockets = make_socket_pair();
  const std::array<FdRef, 1> some{sockets.first};
  (void)send_some(sockets.first, bytes_of("one"), some);
  (void)send_some(sockets.first, bytes_of("two"), some);
  const Received first = receive(sockets.second);
  CHECK(first.text == "one");
  CHECK(first.descriptors.size() == 1);
  CHECK(receive(sockets.second, 2).descriptors.size() == 1);
  const Received rest = receive(sockets.second);
  CHECK(rest.text == "o");
  CHECK(rest.descriptors.empty());
}

TEST_CASE("packets are received as they were sent") {
  const NothingLeft nothing_left;
  const SocketPair sockets = make_packet_socket_pair();
  (void)send_some(sockets.first, bytes_of("one"));
  (void)send_some(sockets.first, bytes_of("two"));
  CHECK(receive(sockets.second).text == "one");
  CHECK(receive(sockets.second).text == "two");
}

TEST_CASE("a side that is closed is told of as such, without a signal") {
  const NothingLeft nothing_left;
  SocketPair sockets = GENERATE(0, 1) == 0 ? make_socket_pair() : make_packet_socket_pair();
  (void)send_some(sockets.second, bytes_of("last"));
  sockets.second.reset();
  CHECK(send_some(sockets.first, bytes_of("x")).state == IoState::closed);
  CHECK(receive(sockets.first).text == "last");
  CHECK(receive(sockets.first).state == IoState::closed);
}

TEST_CASE("a descriptor for which there is no room is told of as one that is none") {
  const NothingLeft nothing_left;
  CHECK(in_child([] {
          const SocketPair sockets = make_socket_pair();
          const std::array<FdRef, 1> some{sockets.first};
          (void)send_some(sockets.first, bytes_of("one"), some);
          while (::dup(0) >= 0) {
          }
          const Received received = receive(sockets.second);
          const bool none = received.descriptors.size() == 1 && !received.descriptors[0];
          return received.text + (none ? ", none" : ", some");
        }) == "one, none");
}
