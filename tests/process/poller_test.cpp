#include "os/poller.hpp"

#include <sys/mman.h>
#include <sys/time.h>

#include "os/error.hpp"
#include "os/io.hpp"
#include "os/pipe.hpp"
#include "support/process_support.hpp"

using namespace mpr::os;
using namespace mpr::test;
using namespace std::chrono_literals;

namespace {

constexpr Time kNow = Time::min();  // a deadline that is past

std::vector<uint64_t> tokens(std::span<const Poller::Event> events) {
  std::vector<uint64_t> all;
  for (const Poller::Event& event : events) all.push_back(event.token);
  return all;
}

void write_byte(FdRef fd) {
  REQUIRE(write_all(fd, std::as_bytes(std::span{"x", 1})));
}

}  // namespace

TEST_CASE("a poller tells by its token which descriptor is ready, and for as long as it is") {
  const NothingLeft nothing_left;
  Poller poller;
  const Pipe one = make_pipe();
  const Pipe two = make_pipe();
  REQUIRE(poller.watch(one.reader, Poller::kReadable, 1));
  REQUIRE(poller.watch(two.reader, Poller::kReadable, uint64_t{1} << 60));
  CHECK(poller.wait(kNow).empty());
  write_byte(two.writer);
  for (int i = 0; i < 2; ++i) {
    const auto events = poller.wait(kNever);
    REQUIRE(events.size() == 1);
    CHECK(events[0].token == uint64_t{1} << 60);
    CHECK(events[0].readable);
    CHECK_FALSE(events[0].writable);
  }
}

TEST_CASE("a poller waits until its deadline, and not less") {
  Poller poller;
  const Pipe pipe = make_pipe();
  poller.watch(pipe.reader, Poller::kReadable, 1);
  const Time begin = mpr::os::Clock::now();
  CHECK(poller.wait(begin + 30ms + 100us).empty());
  CHECK(mpr::os::Clock::now() - begin >= 30ms + 100us);
  CHECK(poller.wait(begin).empty());
}

TEST_CASE("a signal handler does not shorten a wait") {
  CHECK(in_child([] {
          ::signal(SIGALRM, [](int) {});
          const itimerval soon{{0, 5000}, {0, 5000}};
          ::setitimer(ITIMER_REAL, &soon, nullptr);
          Poller poller;
          const Time begin = mpr::os::Clock::now();
          const bool nothing = poller.wait(begin + 50ms).empty();
          return std::string(nothing && mpr::os::Clock::now() - begin >= 50ms ? "waited" : "did not");
        }) == "waited");
}

TEST_CASE("what is watched for can be changed, and forgotten") {
  Poller poller;
  const Pipe pipe = make_pipe();
  poller.watch(pipe.writer, Poller::kNothing, 1);
  CHECK(poller.wait(kNow).empty());
  poller.watch(pipe.writer, Poller::kWritable, 2);
  CHECK(tokens(poller.wait(kNow)) == std::vector<uint64_t>{2});
  poller.forget(pipe.writer);
  CHECK(poller.wait(kNow).empty());
  poller.forget(pipe.writer);
  poller.watch(pipe.writer, Poller::kWritable, 3);
  CHECK(tokens(poller.wait(kNow)) == std::vector<uint64_t>{3});
}

TEST_CASE("the end of a pipe is readable, and a pipe without a reader writable, whatever is watched for") {
  Poller poller;
  Pipe ends = make_pipe();
  poller.watch(ends.reader, Poller::kNothing, 1);
  ends.writer.reset();
  auto events = poller.wait(kNow);
  REQUIRE(events.size() == 1);
  CHECK(events[0].readable);
  poller.forget(ends.reader);

  Pipe gone = make_pipe();
  poller.watch(gone.writer, Poller::kNothing, 2);
  gone.reader.reset();
  events = poller.wait(kNow);
  REQUIRE(events.size() == 1);
  CHECK(events[0].writable);
}

TEST_CASE("a regular file cannot be watched, being always ready") {
  Poller poller;
  const UniqueFd file{::memfd_create("test", MFD_CLOEXEC)};
  CHECK_FALSE(poller.watch(file, Poller::kReadable, 1));
}

TEST_CASE("a descriptor that is not open cannot be watched") {
  Poller poller;
  CHECK_THROWS_AS(poller.watch(FdRef{999}, Poller::kReadable, 1), std::system_error);
}

TEST_CASE("of very many ready descriptors each gets its turn") {
  Poller poller;
  std::vector<Pipe> pipes;
  for (uint64_t i = 0; i < 200; ++i) {
    pipes.push_back(make_pipe());
    poller.watch(pipes.back().reader, Poller::kReadable, i);
    write_byte(pipes.back().writer);
  }
  std::vector<int> seen(pipes.size());
  for (int turn = 0; turn < 10; ++turn) {
    for (const uint64_t token : tokens(poller.wait(kNow))) ++seen[token];
  }
  CHECK(std::count(seen.begin(), seen.end(), 0) == 0);
}
