#include "os/signals.hpp"

#include <algorithm>

#include "support/process_support.hpp"

using namespace mpr::os;
using namespace mpr::test;

namespace {

std::string numbers(const sigset_t& set) {
  std::string text;
  for (int signal = 1; signal < 32; ++signal) {
    if (::sigismember(&set, signal) == 1) text += std::to_string(signal) + " ";
  }
  return text;
}

}  // namespace

TEST_CASE("the signal state of this process is its mask and what it ignores") {
  CHECK(in_child([] {
          block_only({SIGTERM, SIGUSR1});
          ignore_signal(SIGHUP);
          const SignalState state = SignalState::current();
          return numbers(state.mask) + "| " + numbers(state.ignored) + (state.ignores(SIGHUP) ? "|" : "") +
                 (state.ignores(SIGTERM) ? "|" : "");
        }) == "10 15 | 1 |");
}

TEST_CASE("blocking too adds to the mask, blocking only replaces it") {
  CHECK(in_child([] {
          block_only({SIGTERM});
          block_too({SIGINT});
          std::string text = numbers(SignalState::current().mask);
          block_only({SIGUSR1});
          return text + "| " + numbers(SignalState::current().mask);
        }) == "2 15 | 10 ");
}

TEST_CASE("a reset holds what differs from the state that is wanted") {
  CHECK(in_child([] {
          for (int signal = 1; signal < 32; ++signal) {
            if (signal != SIGKILL && signal != SIGSTOP) default_signal(signal);  // the test runner's own handlers
          }
          ignore_signal(SIGHUP);
          ignore_signal(SIGUSR1);
          ::signal(SIGALRM, [](int) {});
          SignalState target{};
          ::sigemptyset(&target.mask);
          ::sigaddset(&target.mask, SIGINT);
          ::sigemptyset(&target.ignored);
          ::sigaddset(&target.ignored, SIGUSR1);
          ::sigaddset(&target.ignored, SIGUSR2);
          const SignalReset reset = SignalReset::to(target);
          return numbers(reset.mask) + "| " + numbers(reset.to_ignore) + "| " + numbers(reset.to_default);
        }) == "2 | 12 | 1 14 ");
}

TEST_CASE("signals are read one by one, and do nothing else") {
  CHECK(in_child([] {
          SignalSource source{{SIGTERM, SIGINT}};
          std::string text = source.next() ? "something " : "nothing ";
          for (const int signal : {SIGTERM, SIGINT, SIGTERM}) ::raise(signal);
          std::vector<int> got;
          while (const auto signal = source.next()) got.push_back(*signal);
          std::sort(got.begin(), got.end());
          for (const int signal : got) text += std::to_string(signal) + " ";
          return text;
        }) == "nothing 2 15 ");
}

TEST_CASE("a signal that was not asked for does what it always does") {
  CHECK(in_child([] {
          const SignalSource source{{SIGTERM}};
          ::raise(SIGUSR1);
          return std::string("survived");
        }) == "killed by signal 10");
}

TEST_CASE("to die by a signal is to be seen to, though it was ignored and blocked") {
  for (const int signal : {SIGINT, SIGTERM, SIGPIPE}) {
    CHECK(in_child([&]() -> std::string {
            ignore_signal(signal);
            block_too({signal});
            die_by_signal(signal);
          }) == "killed by signal " + std::to_string(signal));
  }
}
