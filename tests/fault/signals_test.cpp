// Signals at any moment of a run, from a terminal and not, and what mpr was started with.
#include <signal.h>

#include <array>
#include <random>
#include <thread>

#include <catch2/catch.hpp>

#include "support/mpr_command.hpp"
#include "support/process_table.hpp"
#include "support/rounds.hpp"
#include "support/terminal.hpp"

using namespace mpr::test;

namespace {

/// Those that end mpr, and what else may come to a process that nobody means to end.
constexpr std::array kEnding{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1};
constexpr std::array kHarmless{SIGPIPE, SIGTSTP, SIGCONT, SIGWINCH, SIGCHLD, SIGURG, SIGXFSZ};

template <size_t size>
int any_of(const std::array<int, size>& signals, std::mt19937& random) {
  return signals[random() % size];
}

/// Tasks of all kinds: short, long, with what they leave behind.
const Argv kMixedTasks{"map",
                       "-j2",
                       "--kill-after",
                       "300ms",
                       "sh",
                       "-c",
                       R"([ $(($0 % 7)) != 0 ] || setsid sleep 1000 & [ $(($0 % 50)) != 0 ] || sleep 0.05; echo $0)",
                       "--inputs",
                       "1..400"};

std::string numbers(int last) {
  std::string text;
  for (int n = 1; n <= last; ++n) text += std::to_string(n) + "\n";
  return text;
}

/// Whole results, in order, none of them twice.
void check_whole(const Result& result) {
  CHECK((result.out.empty() || result.out.back() == '\n'));
  int last = 0;
  for (const std::string& line : lines(result.out)) {
    const int number = std::stoi(line);
    CHECK((line == std::to_string(number) && last < number && number <= 400));
    last = number;
  }
}

}  // namespace

TEST_CASE("a signal at any moment, or two, end a run by the first, with whole results and nothing left", "[soak]") {
  Rounds rounds{10};
  while (const auto seed = rounds.next()) {
    CAPTURE(*seed);
    std::mt19937 random(*seed);
    RunningMpr mpr(kMixedTasks);
    const int first = any_of(kEnding, random);
    const int second = random() % 2 == 0 ? any_of(kEnding, random) : 0;
    CAPTURE(first, second);
    // mpr takes its signals from here on; before that, all of them end it as they end any program.
    std::this_thread::sleep_for(std::chrono::microseconds{random() % 400'000});
    mpr->signal(first);
    std::this_thread::sleep_for(std::chrono::microseconds{random() % 20'000});
    if (second != 0 && is_alive(mpr->pid())) ::kill(mpr->pid(), second);
    const Result result = mpr->wait();
    INFO(result);
    // SIGUSR1 ends mpr at once, as it does any program; so does any that comes when there is nothing left to be ended.
    CHECK((result.signal == first || (second != 0 && result.signal == second) || result.success()));
    check_whole(result);
  }
}

TEST_CASE("a task that fails while a run is being ended has its attempts left when that is resumed") {
  // Whether mpr has got the signal when it is told of the failure is chance.
  for (int round = 0; round < 4; ++round) {
    const TempDir dir;
    dir.write("m.json", R"X({"version": 1, "jobs": {"once": {"retries": 1, "command": ["sh", "-c",
      "[ -e ran ] && exec echo result; touch ran; kill -TERM $(sed 's/.*) . //; s/ .*//' /proc/$PPID/stat); exit 1"]}}})X");
    Options options;
    options.directory = dir.path();
    CHECK(run_mpr({"run", "m.json", "--resume", "-q"}, options).signal == SIGTERM);
    const Result resumed = run_mpr({"run", "m.json", "--resume", "-q"}, options);
    INFO(resumed);
    CHECK(resumed.success());
    CHECK(resumed.out == "result\n");
  }
}

TEST_CASE("signals that are not meant to end a run change nothing of it", "[soak]") {
  Rounds rounds{1};
  while (const auto seed = rounds.next()) {
    CAPTURE(*seed);
    std::mt19937 random(*seed);
    const TempDir dir;
    RunningMpr mpr(
        {"map", "-j2", "sh", "-c",
         R"([ $(($0 % 29)) != 0 ] || setsid sleep 1000 & [ $0 != 200 ] || "$HELPER" await "$DIR/go"; echo $0)",
         "--inputs", "1..400"},
        env("DIR", dir.path()));
    // Before it takes care of them, and once it has nothing more to do, some of them end mpr as they do any program.
    mpr->read_until("1\n");
    for (int signals = 0; signals < 40; ++signals) {
      mpr->signal(any_of(kHarmless, random));
      std::this_thread::sleep_for(std::chrono::microseconds{random() % 10'000});
    }
    touch(dir / "go");
    const Result result = mpr->wait();
    INFO(result);
    CHECK(result.success());
    CHECK((result.out == numbers(400)));
  }
}

TEST_CASE("mpr works, and its tasks are started so, when it was started with all signals blocked") {
  const Census census;
  // What the kernel lets nobody block is not among them: SIGKILL, SIGSTOP, and those of the C library itself.
  const Result shown = run({kHelper, "blocking", "0", "grep", "SigBlk", "/proc/self/status"});
  const Result result = run({kHelper, "blocking", "0", kMpr, "map", "-j2", "grep", "SigBlk", "--inputs",
                             "/proc/self/status", "/proc/self/status"},
                            census.mark(with_names({})));
  INFO(result);
  CHECK(result.success());
  CHECK(result.out == shown.out + shown.out);
}

TEST_CASE("a run that was started with all signals blocked is ended by its timeout, and by SIGTERM") {
  const TempDir dir;
  Census census;
  Running running(
      {kHelper, "blocking", "0", kMpr, "map", "-j2", "--timeout", "300ms", "--kill-after", "200ms", "sh", "-c",
       R"([ $0 = 1 ] && exec sleep 1000; touch "$DIR/ready$0"; exec sleep 1000)", "--inputs", "1..1000"},
      census.mark(with_names(env("DIR", dir.path()))));
  REQUIRE(wait_until([&] { return exists(dir / "ready3"); }));
  running.signal(SIGTERM);
  const Result result = running.wait();
  INFO(result);
  CHECK(result.signal == SIGTERM);
  CHECK(census.processes().empty());
}

TEST_CASE("a run that survives the hangup of its terminal ends quietly when it has something to write there") {
  const TempDir dir;
  Census census;
  Argv argv{kHelper, "ignoring", std::to_string(SIGHUP)};
  const Argv words = mpr_argv(
      {"map", "-j1", "sh", "-c",
       R"(setsid sleep 1000 & touch "$DIR/ready"; "$HELPER" await "$DIR/go"; touch "$DIR/ran$0"; echo some words)",
       "--inputs", "1..1000000"});
  argv.insert(argv.end(), words.begin(), words.end());
  Terminal terminal(argv, census.mark(with_names(env("DIR", dir.path()))));
  REQUIRE(wait_until([&] { return exists(dir / "ready"); }));
  terminal.hang_up();
  CHECK(is_alive(terminal.pid()));
  touch(dir / "go");
  const Result result = terminal.wait();
  INFO(result);
  CHECK(exists(dir / "ran1"));
  CHECK(result.signal == SIGPIPE);
}

TEST_CASE("a run whose terminal goes while it writes there ends by SIGHUP, and leaves nothing") {
  const TempDir dir;
  Census census;
  Terminal terminal(mpr_argv({"map", "-j2", "sh", "-c", "setsid sleep 1000 & echo task $0.", "--inputs", "1..1000000"}),
                    census.mark(with_names({})));
  terminal.wait_for("task 3.\r\n");
  terminal.hang_up();
  const Result result = terminal.wait();
  INFO(result);
  CHECK(result.signal == SIGHUP);
  CHECK(wait_until([&] { return census.processes().empty(); }));
}
