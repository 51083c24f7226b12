// Descriptors sent through connections.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mpr/connection.hpp"
#include "mpr/process.hpp"
#include "os/socket.hpp"
#include "support/process_support.hpp"

using namespace mpr;
using namespace mpr::test;
using namespace std::chrono_literals;

namespace {

/// A file with a text in it.
os::UniqueFd file_with(const std::string& text) {
  os::UniqueFd file{::memfd_create("test", MFD_CLOEXEC)};
  REQUIRE(::pwrite(file.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
  return file;
}

std::string text_in(os::FdRef file) {
  std::string text(100, '\0');
  const ssize_t got = ::pread(file.get(), text.data(), text.size(), 0);
  text.resize(got > 0 ? static_cast<size_t>(got) : 0);
  return text;
}

}  // namespace

TEST_CASE("a descriptor that is sent to a child can be used there, also one with a large number") {
  const NothingLeft nothing_left;
  const bool large = GENERATE(false, true);
  auto [mine, its] = make_pipe();
  Process child{[](Connection parent) {
                  const os::UniqueFd file = parent.recv_fd();
                  return ::pwrite(file.get(), "child", 5, 0) == 5 ? 0 : 1;
                },
                std::move(its)};
  child.start();
  os::UniqueFd file = file_with("parent");
  if (large) file.reset(::fcntl(file.get(), F_DUPFD_CLOEXEC, 300));
  mine.send_fd(file);
  child.join();
  CHECK(child.exit_code() == 0);
  CHECK(text_in(file) == "childt");
}

TEST_CASE("more descriptors than 256 are held at once and received, close-on-exec") {
  const NothingLeft nothing_left;
  auto [first, second] = make_pipe();
  std::vector<os::UniqueFd> received;
  for (int i = 0; i < 300; ++i) {
    first.send_fd(file_with(std::to_string(i)));
    received.push_back(second.recv_fd());
    CHECK(text_in(received.back()) == std::to_string(i));
    CHECK((::fcntl(received.back().get(), F_GETFD) & FD_CLOEXEC) != 0);
  }
  CHECK(received.back().get() > 256);
}

TEST_CASE("descriptors and messages arrive in the order in which they were sent, however they are read ahead") {
  const NothingLeft nothing_left;
  const bool all_at_once = GENERATE(false, true);
  auto [first, second] = make_pipe();
  for (int round = 0; round < 20; ++round) {
    first.post(std::as_bytes(std::span{"before", 6}));
    first.post_fd(file_with("one" + std::to_string(round)));
    first.post_fd(file_with("two"));
    first.post({});
    first.post_fd(file_with("three"));
    if (!all_at_once) REQUIRE(first.flush() == os::IoState::done);
  }
  REQUIRE(first.flush() == os::IoState::done);
  second.set_nonblocking();
  while (second.fill() == os::IoState::done) {
  }
  for (int round = 0; round < 20; ++round) {
    CHECK(second.recv<std::string>() == "before");
    CHECK(text_in(second.recv_fd()) == "one" + std::to_string(round));
    CHECK(text_in(second.recv_fd()) == "two");
    CHECK(second.recv<std::string>() == "");
    CHECK(text_in(second.recv_fd()) == "three");
  }
  first.close();
  CHECK_FALSE(second.recv_fd());
}

TEST_CASE("a descriptor may be closed by its sender at once, and is sent even if it waits to be") {
  const NothingLeft nothing_left;
  auto [first, second] = make_pipe();
  const std::string large(1 << 20, 'x');
  CHECK_FALSE(first.send_for(large, 0s));
  CHECK_FALSE(first.send_fd_for(file_with("kept"), 0s));
  CHECK_FALSE(first.send_for("last", 0s));
  first.set_nonblocking();
  second.set_nonblocking();
  while (first.flush() != os::IoState::done) REQUIRE(second.fill() == os::IoState::done);
  CHECK((second.recv<std::string>() == large));
  CHECK(text_in(second.recv_fd()) == "kept");
  CHECK(second.recv<std::string>() == "last");
}

TEST_CASE("a message instead of a descriptor, and the reverse, is an error, and stays") {
  const NothingLeft nothing_left;
  auto [first, second] = make_pipe();
  first.send("text");
  first.send_fd(file_with("file"));
  CHECK_THROWS_AS(second.recv_fd(), CodecError);
  CHECK(second.recv<std::string>() == "text");
  CHECK(second.poll());
  CHECK_THROWS_AS(second.recv<std::string>(), CodecError);
  CHECK_THROWS_AS(second.recv_bytes(), CodecError);
  CHECK(text_in(second.recv_fd()) == "file");
  CHECK_FALSE(second.poll());
}

TEST_CASE("a descriptor that is none, or over a pipe that takes none, is an error") {
  const NothingLeft nothing_left;
  auto [first, second] = make_pipe();
  CHECK_THROWS_AS(first.send_fd(os::FdRef{}), std::system_error);
  CHECK_THROWS_AS(first.send_fd(os::FdRef{44977608}), std::system_error);
  first.send("fine");
  CHECK(second.recv<std::string>() == "fine");
  auto [reader, writer] = make_one_way_pipe();
  CHECK_THROWS_AS(writer.send_fd(first.fd()), std::logic_error);
  CHECK(writer.unsent() == 0);
}

TEST_CASE("a descriptor that finds no room is lost with an error, and those behind it are not taken for it") {
  CHECK(in_child([] {
          auto [first, second] = make_pipe();
          first.send_fd(file_with("one"));
          rlimit limit{};
          ::getrlimit(RLIMIT_NOFILE, &limit);
          const rlimit none{4, limit.rlim_max};
          first.send("text");
          ::setrlimit(RLIMIT_NOFILE, &none);
          std::string told;
          try {
            (void)second.recv_fd();
          } catch (const std::system_error& error) {
            told = error.code().value() == EMFILE ? "EMFILE" : error.what();
          }
          ::setrlimit(RLIMIT_NOFILE, &limit);
          told += " " + second.recv<std::string>().value();
          first.send_fd(file_with("two"));
          return told + " " + text_in(second.recv_fd());
        }) == "EMFILE text two");
}

TEST_CASE("descriptors that were read ahead and never taken are closed with the connection") {
  const NothingLeft nothing_left;
  auto [first, second] = make_pipe();
  first.send_fd(file_with("one"));
  first.send_fd(file_with("two"));
  CHECK(second.poll());
  CHECK_FALSE(first.send_for(std::string(1 << 20, 'x'), 0s));
  CHECK_FALSE(first.send_fd_for(file_with("never sent"), 0s));
}

TEST_CASE("descriptors also go through a bare socket, several at once") {
  const NothingLeft nothing_left;
  const os::SocketPair pair = os::make_socket_pair();
  const os::UniqueFd one = file_with("one");
  const os::UniqueFd two = file_with("two");
  const std::array<os::FdRef, 2> both{one, two};
  std::byte byte{7};
  const std::span<std::byte> one_byte{&byte, 1};
  REQUIRE(os::send_some(pair.first, one_byte, both).bytes == 1);
  byte = std::byte{8};
  REQUIRE(os::send_some(pair.first, one_byte).bytes == 1);
  std::vector<os::UniqueFd> received;
  REQUIRE(os::receive_some(pair.second, one_byte, received).bytes == 1);
  CHECK(byte == std::byte{7});
  REQUIRE(received.size() == 2);
  CHECK(text_in(received[0]) == "one");
  CHECK(text_in(received[1]) == "two");
  REQUIRE(os::receive_some(pair.second, one_byte, received).bytes == 1);
  CHECK(byte == std::byte{8});
  CHECK(received.size() == 2);
}
