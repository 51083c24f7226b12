// Connections when the other side dies, and when signals come.
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <random>

#include "mpr/connection.hpp"
#include "mpr/process.hpp"
#include "support/process_support.hpp"
#include "support/rounds.hpp"

using namespace mpr;
using namespace mpr::test;
using namespace std::chrono_literals;

namespace {

extern "C" void do_nothing(int /*signal*/) {}

/// A handler for SIGUSR1 without SA_RESTART: system calls that wait are interrupted.
void be_interrupted() {
  struct sigaction action {};
  action.sa_handler = do_nothing;
  ::sigaction(SIGUSR1, &action, nullptr);
}

/// Sends it signals until it has ended.
void pester(Process& process) {
  while (!process.join_for(1ms)) ::kill(process.pid().value(), SIGUSR1);
}

std::string send_to_nobody(Connection& to) {
  try {
    to.send("x");
  } catch (const ConnectionClosed&) {
    return "closed ";
  }
  return "sent ";
}

}  // namespace

TEST_CASE("sending to nobody is ConnectionClosed and never a signal, whatever is done with SIGPIPE") {
  const auto disposition = GENERATE(as<void (*)(int)>{}, SIG_DFL, SIG_IGN, &do_nothing);
  const bool blocked = GENERATE(false, true);
  CAPTURE(blocked);
  CHECK(in_child([&] {
          sigset_t pipe;
          sigset_t mask;
          ::sigemptyset(&pipe);
          ::sigaddset(&pipe, SIGPIPE);
          ::signal(SIGPIPE, disposition);
          ::sigprocmask(blocked ? SIG_BLOCK : SIG_UNBLOCK, &pipe, nullptr);
          auto one_way = make_one_way_pipe();
          one_way.reader.close();
          auto two_way = make_pipe();
          two_way.first.close();
          std::string told;
          for (int i = 0; i < 2; ++i) told += send_to_nobody(one_way.writer) + send_to_nobody(two_way.second);
          ::sigprocmask(SIG_SETMASK, nullptr, &mask);
          return told + (::sigismember(&mask, SIGPIPE) == (blocked ? 1 : 0) ? "as before" : "changed");
        }) == "closed closed closed closed as before");
}

#ifndef __SANITIZE_ADDRESS__  // which needs descriptors itself
TEST_CASE("a child without a descriptor to spare sees that nobody sends any more") {
  const NothingLeft nothing_left;
  auto [from, to] = make_one_way_pipe();
  Process child{[](Connection orders) {
                  rlimit few{};
                  ::getrlimit(RLIMIT_NOFILE, &few);
                  few.rlim_cur = 64;
                  ::setrlimit(RLIMIT_NOFILE, &few);
                  while (::dup(0) >= 0) {
                  }
                  return orders.recv_bytes() ? 1 : 7;
                },
                std::move(from)};
  child.start();
  to.close();
  CHECK(child.join_for(10s));
  if (child.is_alive()) child.kill();
  child.join();
  CHECK(child.exit_code() == 7);
}
#endif

TEST_CASE("each side of a pipe sees the death of the other") {
  const NothingLeft nothing_left;
  const bool waits_to_send = GENERATE(false, true);
  CAPTURE(waits_to_send);
  auto [witness_reader, witness_writer] = make_one_way_pipe();
  Process parent{[waits_to_send](Connection tell) {
                   // Both of this process's copies are inherited by the child.
                   auto [mine, its] = make_pipe();
                   Process child{[waits_to_send](Connection from, Connection witness) {
                                   if (waits_to_send) {
                                     try {
                                       for (const std::string large(1 << 20, 'x');;) from.send(large);
                                     } catch (const ConnectionClosed&) {
                                       witness.send("seen");
                                     }
                                   } else {
                                     if (!from.recv<int>()) witness.send("seen");
                                   }
                                 },
                                 std::move(its), std::move(tell)};
                   child.start();
                   ::raise(SIGKILL);
                 },
                 std::move(witness_writer)};
  parent.start();
  parent.join();
  CHECK(parent.exit_code() == -SIGKILL);
  CHECK(witness_reader.recv_for<std::string>(kSoon) == "seen");
  CHECK_FALSE(witness_reader.recv_for<std::string>(kSoon));

  auto [mine, its] = make_pipe();
  Process child{[](Connection) { ::raise(SIGKILL); }, std::move(its)};
  child.start();
  CHECK_FALSE(mine.recv_for<int>(kSoon));
  CHECK_THROWS_AS(mine.send(1), ConnectionClosed);
  child.join();
}

TEST_CASE("a child lets go of the other end alone, and of nothing that has its number by now") {
  const NothingLeft nothing_left;
  auto pipe = make_one_way_pipe();
  Connection& reader = pipe.reader;
  Connection& writer = pipe.writer;
  const int number = reader.fd().get();
  reader.close();
  // The number of the reader now means another file.
  const os::UniqueFd other{::fcntl(writer.fd().get(), F_DUPFD_CLOEXEC, number)};
  REQUIRE(other.get() == number);
  auto two_way = make_pipe();
  Connection& mine = two_way.first;
  Process child{[&](Connection parent) {
                  parent.send(send_to_nobody(writer));
                  // This one is in use by its number, and stays so.
                  const bool let_go = ::read(mine.fd().get(), nullptr, 0) < 0 && errno == EBADF;
                  mine.close();
                  return let_go && (::fcntl(other.get(), F_GETFL) & O_ACCMODE) == O_WRONLY ? 0 : 1;
                },
                std::move(two_way.second)};
  child.start();
  CHECK(mine.recv<std::string>() == "closed ");
  child.join();
  CHECK(child.exit_code() == 0);
}

TEST_CASE("a sender that is killed at any moment leaves whole messages behind, and an end", "[soak]") {
  Rounds rounds{2};
  while (const auto seed = rounds.next()) {
    CAPTURE(*seed);
    const NothingLeft nothing_left;
    const bool duplex = *seed % 2 == 0;
    CAPTURE(duplex);
    std::mt19937 random{*seed};
    int received = 0;
    for (int i = 0; i < 100; ++i) {
      auto one_way = make_one_way_pipe();
      auto two_way = make_pipe();
      Connection& mine = duplex ? two_way.first : one_way.reader;
      Process child{[](Connection to) {
                      std::mt19937 sizes{static_cast<unsigned>(::getpid())};
                      for (unsigned number = 0;; ++number) {
                        to.send(std::vector<unsigned>(1 + sizes() % 50'000, number));
                      }
                    },
                    duplex ? std::move(two_way.second) : std::move(one_way.writer)};
      child.start();
      const unsigned before_kill = static_cast<unsigned>(random() % 20);
      const auto kill_at = os::Clock::now() + std::chrono::microseconds{random() % 2000};
      unsigned next = 0;
      bool killed = false;
      bool wrong = false;
      while (const auto message = mine.recv<std::vector<unsigned>>()) {
        wrong = wrong || message->empty() || message->front() != next || message->back() != next;
        ++next;
        ++received;
        if (!killed && (next > before_kill || os::Clock::now() > kill_at)) {
          child.kill();
          killed = true;
        }
      }
      child.join();
      CHECK_FALSE(wrong);
      CHECK(child.exit_code() == -SIGKILL);
    }
    CHECK(received > 0);
  }
}

TEST_CASE("a receiver that is killed at any moment ends the sending") {
  const NothingLeft nothing_left;
  std::mt19937 random{4};
  const std::string large(100'000, 'x');
  for (int i = 0; i < 60; ++i) {
    auto [mine, its] = make_pipe();
    Process child{[](Connection from) {
                    while (from.recv_bytes()) {
                    }
                  },
                  std::move(its)};
    child.start();
    const size_t before_kill = random() % 30;
    size_t sent = 0;
    try {
      for (;; ++sent) {
        if (sent == before_kill) child.kill();
        mine.send(large);
      }
    } catch (const ConnectionClosed&) {
    }
    child.join();
    CHECK(sent >= before_kill);
    CHECK_FALSE(mine.recv_bytes());
  }
}

TEST_CASE("signals interrupt neither sending nor receiving nor polling") {
  const NothingLeft nothing_left;
  const bool duplex = GENERATE(false, true);
  CAPTURE(duplex);
  auto one_way = make_one_way_pipe();
  auto two_way = make_pipe();
  auto [go_reader, go_writer] = make_one_way_pipe();
  Connection& mine = duplex ? two_way.first : one_way.reader;
  Process sender{[](Connection to, Connection go) {
                   be_interrupted();
                   to.send("ready");
                   // Nobody receives until the parent has interrupted this often.
                   to.send(std::vector<int>(1 << 20, 7));
                   if (go.recv<std::string>() != "go on") return 1;
                   if (!to.send_for(std::vector<int>(1 << 20, 8), 1h)) return 2;
                   if (go.recv_for<std::string>(1h) != "go on") return 3;
                   const auto begin = os::Clock::now();
                   if (go.poll_for(50ms)) return 4;
                   if (os::Clock::now() - begin < 50ms) return 5;
                   to.send("over");
                   return 0;
                 },
                 duplex ? std::move(two_way.second) : std::move(one_way.writer), std::move(go_reader)};
  sender.start();
  const auto interrupt = [&] {
    for (int i = 0; i < 20; ++i) {
      ::kill(sender.pid().value(), SIGUSR1);
      os::sleep_for(500us);
    }
  };
  CHECK(mine.recv<std::string>() == "ready");
  interrupt();
  CHECK((mine.recv<std::vector<int>>() == std::vector<int>(1 << 20, 7)));
  interrupt();
  go_writer.send("go on");
  interrupt();
  CHECK((mine.recv<std::vector<int>>() == std::vector<int>(1 << 20, 8)));
  interrupt();
  go_writer.send("go on");
  pester(sender);
  CHECK(mine.recv<std::string>() == "over");
  CHECK(sender.exit_code() == 0);
}
