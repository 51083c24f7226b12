#include "mpr/wait.hpp"

#include <sys/time.h>

#include <algorithm>
#include <csignal>

#include "mpr/process.hpp"
#include "os/socket.hpp"
#include "support/process_support.hpp"

using namespace mpr;
using namespace mpr::test;
using namespace std::chrono_literals;

using Places = std::vector<size_t>;

TEST_CASE("waiting receives all that several writers send, until each has ended") {
  const NothingLeft nothing_left;
  const bool slow = GENERATE(false, true);
  std::vector<Connection> readers;
  std::vector<Process> writers;
  for (int i = 0; i < 4; ++i) {
    auto [reader, writer] = make_one_way_pipe();
    readers.push_back(std::move(reader));
    writers.emplace_back(
        [i, slow](Connection to) {
          for (int n = 0; n < 10; ++n) {
            if (slow) os::sleep_for(500us * (i + 1));
            to.send(std::pair{i, n});
          }
        },
        std::move(writer));
    writers.back().start();
  }
  std::vector<std::pair<int, int>> received;
  while (!readers.empty()) {
    const std::vector<Waitable> list(readers.begin(), readers.end());
    const Places ready = wait(list);
    REQUIRE_FALSE(ready.empty());
    for (auto place = ready.rbegin(); place != ready.rend(); ++place) {
      if (const auto message = readers[*place].recv<std::pair<int, int>>())
        received.push_back(*message);
      else
        readers.erase(readers.begin() + static_cast<std::ptrdiff_t>(*place));
    }
  }
  std::sort(received.begin(), received.end());
  REQUIRE(received.size() == 40);
  for (int k = 0; k < 40; ++k) CHECK(received[static_cast<size_t>(k)] == std::pair{k / 10, k % 10});
}

TEST_CASE("waiting tells which connections, processes and sockets are ready, several at once, in order") {
  const NothingLeft nothing_left;
  Process process{[] {}};
  auto [hold_reader, hold_writer] = make_one_way_pipe();
  Process lasting{[](Connection from) { (void)from.recv_bytes(); }, std::move(hold_reader)};
  lasting.start();
  process.start();
  // Made afterwards, so that no child holds them open.
  auto one = make_one_way_pipe();
  auto two = make_pipe();
  const os::SocketPair socket = os::make_socket_pair();
  CHECK(wait({one.reader, process.sentinel(), two.first}) == Places{1});
  CHECK(wait_for({one.reader, two.first, lasting.sentinel(), os::FdRef{socket.first}}, 0s).empty());
  one.writer.send(1);
  two.second.close();
  const std::byte byte{};
  REQUIRE(os::send_some(socket.second, {&byte, 1}).bytes == 1);
  CHECK(wait({one.reader, lasting.sentinel(), two.first, process.sentinel(), os::FdRef{socket.first}}) ==
        Places{0, 2, 3, 4});
  hold_writer.close();
  CHECK(wait({lasting.sentinel()}) == Places{0});
}

TEST_CASE("a message that has been read ahead is waited for by nobody, and one that is there in part is") {
  auto [reader, writer] = make_one_way_pipe();
  auto other = make_pipe();
  writer.send(1);
  writer.send(2);
  CHECK(reader.recv<int>() == 1);
  other.second.send(3);
  CHECK(wait({reader, other.first}) == Places{0, 1});
  CHECK(reader.recv<int>() == 2);
  CHECK(wait({reader, other.first}) == Places{1});
  CHECK_FALSE(writer.send_for(std::string(1 << 20, 'x'), 0s));
  CHECK(wait_for({reader}, 10ms).empty());
}

TEST_CASE("waiting lasts until the deadline, not at all for one that is past, and signals do not end it") {
  const NothingLeft nothing_left;
  auto pipe = make_one_way_pipe();
  Connection& reader = pipe.reader;
  auto begin = os::Clock::now();
  CHECK(wait_for({reader}, 20ms).empty());
  CHECK(os::Clock::now() - begin >= 20ms);
  CHECK(wait_for({reader}, -1h).empty());
  CHECK(wait_until({reader}, os::Time::min()).empty());
  CHECK(wait(std::vector<Waitable>{}).empty());
  CHECK(in_child([&] {
          struct sigaction action {};
          action.sa_handler = [](int) {};
          ::sigaction(SIGALRM, &action, nullptr);
          itimerval every{{0, 1000}, {0, 1000}};
          ::setitimer(ITIMER_REAL, &every, nullptr);
          const auto start = os::Clock::now();
          const bool none = wait_for({reader}, 30ms).empty();
          return std::string(none && os::Clock::now() - start >= 30ms ? "waited" : "did not wait");
        }) == "waited");
  pipe.writer.send(1);
  CHECK(wait_for({reader}, 0s) == Places{0});
}

TEST_CASE("a closed or sending end cannot be waited for") {
  auto [reader, writer] = make_one_way_pipe();
  reader.close();
  CHECK_THROWS_AS(wait_for({reader}, 0s), std::logic_error);
}
