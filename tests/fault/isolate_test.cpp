// --isolate pid: whoever is killed, and all at once, nothing of a run is left. Without it, what a task has put into a
// session of its own survives when mpr and the task's worker are killed in the same instant: those were the ones to
// end it. Here it is the kernel that does.
#include <random>
#include <set>
#include <thread>

#include "isolated_run.hpp"
#include "support/rounds.hpp"

using namespace mpr::test;

namespace {

void check_nothing_left(Census& census) {
  for (const std::string& left : census.leftovers()) FAIL_CHECK(left);
}

/// All at once: none of them gets to do anything about the end of another.
void kill_together(const std::vector<pid_t>& processes) {
  for (const pid_t process : processes) ::kill(process, SIGSTOP);
  for (const pid_t process : processes) ::kill(process, SIGKILL);
}

}  // namespace

TEST_CASE("isolated: when mpr and all its workers are killed in the same instant, nothing is left") {
  for (const Starter& starter : starters()) {
    for (const bool with_init : {true, false}) {
      INFO(starter.name << (with_init ? ", with the first process of the namespace" : ""));
      const OpenDir dir;
      IsolatedMpr mpr(starter, {"map", "-j2", "sh", "-c", kStubborn, "--inputs", "1", "2"}, env("READY", dir / "r"));
      REQUIRE(wait_until([&] { return exists(dir / "r-1") && exists(dir / "r-2"); }));
      std::vector<pid_t> victims = mpr.crew();
      CHECK(victims.size() == 3);
      victims.push_back(mpr->pid());
      if (!with_init) {
        ::kill(mpr.init(), SIGSTOP);
        std::erase(victims, mpr.init());
      }
      CHECK(mpr.census().processes().size() >= 2 * 5 + 4);
      kill_together(victims);
      CHECK(mpr.await_all().signal == SIGKILL);
      check_nothing_left(mpr.census());
    }
  }
}

TEST_CASE("isolated: with each executor results are the same, and nothing is left of it when all are killed") {
  struct Way {
    std::string executor;
    Argv command;
    std::string leave, hang;  ///< requests: to leave a process behind, and to go on for ever
  };
  const std::string deed = MPR_TEST_PROGRAMS "/jobs/deed";
  const std::vector<Way> ways{
      {"exec", {"sh", "-c", R"(case $0 in x*) echo $0;; *) setsid sleep 1000 & sleep 1000;; esac)"}, "l", "h"},
      {"fork-server", {"sh", "-c", R"(case $0 in x*) echo $0;; *) setsid sleep 1000 & sleep 1000;; esac)"}, "l", "h"},
      {"persistent", {deed}, "orphan:1000", "ignore_term"},
      {"lines", {kHelper, "answer-lines", "{}"}, "leave", "stay"},
      {"json", {kHelper, "answer-json", "{}"}, "leave", "stay"},
  };
  for (const Starter& starter : starters()) {
    for (const Way& way : ways) {
      INFO(starter.name << ", " << way.executor);
      const Argv words = Argv{"map", "-j2", "-q", "--executor", way.executor} + way.command;
      const Argv inputs = way.executor == "persistent" ? Argv{"print"} : Argv{"x1", "x2", "x3"};
      const Argv plain = Argv{kMpr} + words + Argv{"--inputs"} + inputs;
      const Result expected = run(plain, with_names({}));
      const Result result = run_isolated(starter, words + Argv{"--inputs"} + inputs);
      CHECK(result.success());
      CHECK(result.out == expected.out);
      IsolatedMpr mpr(starter, words + Argv{"--inputs"} + inputs + Argv{way.leave, way.hang});
      mpr->read_until(expected.out);
      REQUIRE(wait_until([&] { return mpr.census().processes().size() >= 6; }));
      std::vector<pid_t> victims = mpr.crew();
      victims.push_back(mpr->pid());
      kill_together(victims);
      mpr.await_all();
      check_nothing_left(mpr.census());
    }
  }
}

TEST_CASE("isolated: when a run has ended, nothing of it is there any more, without waiting") {
  for (const Starter& starter : starters()) {
    INFO(starter.name);
    const OpenDir dir;
    IsolatedMpr mpr(starter,
                    {"map", "-j2", "sh", "-c",
                     R"((trap '' TERM; exec setsid sleep 1000) & "$HELPER" await "$GO"; echo $0)", "--inputs", "1..4"},
                    env("GO", dir / "go"));
    REQUIRE(wait_until([&] { return mpr.init() > 0; }));
    const pid_t init = mpr.init();
    touch(dir / "go");
    const Result result = mpr->wait();
    INFO(result);
    CHECK(::kill(init, 0) != 0);  // not even as one that has ended and was not waited for
    CHECK(mpr.census().processes().empty());
    CHECK(result.out == "1\n2\n3\n4\n");
    CHECK(result.success());
  }
}

TEST_CASE("isolated: what a killed worker's task had put in the background is gone before its slot is used again") {
  for (const Starter& starter : starters()) {
    INFO(starter.name);
    const OpenDir dir;
    IsolatedMpr mpr(starter,
                    {"map", "-j1", "sh", "-c",
                     R"(if [ $0 = 1 ]; then (trap '' TERM; exec setsid sleep 1000) & echo $! >"$READY.new"
                          mv "$READY.new" "$READY"; sleep 1000; exit; fi
                        ! kill -0 $(cat "$READY") && echo gone)",
                     "--inputs", "1", "2"},
                    env("READY", dir / "ready"));
    REQUIRE(wait_until([&] { return exists(dir / "ready"); }));
    ::kill(mpr.worker(), SIGKILL);
    const Result result = mpr->wait();
    INFO(result);
    CHECK(result.exit_status == 1);
    CHECK(result.out == "gone\n");
    CHECK_THAT(result.err, Catch::Contains("its worker was lost"));
  }
}

TEST_CASE(
    "isolated: when the first process of the namespace is killed, all in it are, and the run goes on in another") {
  for (const Starter& starter : starters()) {
    INFO(starter.name);
    const OpenDir dir;
    IsolatedMpr mpr(starter,
                    {"map", "-j2", "--retries", "1", "sh", "-c",
                     R"([ $MPR_ATTEMPT = 2 ] && { echo again $0; exit; }
                        setsid sleep 1000 & touch "$READY-$0"; sleep 1000; exit)",
                     "--inputs", "1", "2"},
                    env("READY", dir / "r"));
    REQUIRE(wait_until([&] { return exists(dir / "r-1") && exists(dir / "r-2"); }));
    const pid_t init = mpr.init();
    REQUIRE(init > 0);
    ::kill(init, SIGKILL);
    const Result result = mpr->wait();
    INFO(result);
    CHECK(result.success());
    CHECK(result.out == "again 1\nagain 2\n");
    check_nothing_left(mpr.census());
  }
}

TEST_CASE("isolated: when the first process of the namespace is killed while there is no task, the next ones run") {
  for (const Starter& starter : starters()) {
    INFO(starter.name);
    Options options;
    options.keep_stdin = true;
    IsolatedMpr mpr(starter, {"map", "-j1", "echo"}, options);
    mpr->write("0\n");
    mpr->read_until("0\n");
    ::kill(mpr.init(), SIGKILL);
    REQUIRE(wait_until([&] { return mpr.worker() < 0; }));  // else it might be given the next task
    mpr->write("1\n2\n");
    mpr->close_stdin();
    const Result result = mpr->wait();
    INFO(result);
    CHECK(result.success());
    CHECK(result.out == "0\n1\n2\n");
  }
}

TEST_CASE("isolated: a signal to mpr's group ends the run in its own time, as ever") {
  for (const Starter& starter : starters()) {
    INFO(starter.name);
    const OpenDir dir;
    IsolatedMpr mpr(starter, {"map", "-j1", "--kill-after", "300ms", kHelper, "ignore-term", dir / "ready", dir / "got",
                              "--inputs", "1"});
    REQUIRE(wait_until([&] { return exists(dir / "ready"); }));
    ::kill(-mpr->pid(), SIGINT);
    CHECK(mpr->wait().signal == SIGINT);
    CHECK(exists(dir / "got"));
    CHECK(mpr.census().processes().empty());
  }
}

TEST_CASE("isolated: mpr in mpr, both isolated; killed at once, nothing of either is left") {
  for (const Starter& starter : starters()) {
    INFO(starter.name);
    const std::string inner = "\"$MPR\" map --isolate pid -j2 sh -c 'echo $0' --inputs 1..3";
    CHECK(run_isolated(starter, {"map", "sh", "-c", inner, "--inputs", "1"}).out == "1\n2\n3\n");
    const OpenDir dir;
    IsolatedMpr mpr(starter,
                    {"map", "-j1", "sh", "-c", R"("$MPR" map --isolate pid -j2 sh -c "$STUBBORN" --inputs 1 2; exit)",
                     "--inputs", "1"},
                    {.env = {{"READY", dir / "r"}, {"STUBBORN", kStubborn}}});
    REQUIRE(wait_until([&] { return exists(dir / "r-1") && exists(dir / "r-2"); }));
    std::vector<pid_t> victims = mpr.crew();
    victims.push_back(mpr->pid());
    kill_together(victims);
    mpr.await_all();
    check_nothing_left(mpr.census());
  }
}

TEST_CASE("isolated: a run whose processes were all killed is resumed, and only those that were cut off run twice") {
  for (const Starter& starter : starters()) {
    INFO(starter.name);
    const OpenDir dir;
    const std::string script = R"(
      echo x >> "$DIR/ran-$0"
      [ $0 -lt 20 ] || [ -e "$DIR/go" ] || { setsid sleep 1000 & sleep 1000; exit; }
      echo "[$0]")";
    const Argv words{"map",      "-j2", "-q", "--unordered", "--store",  dir / "s.db",
                     "--resume", "sh",  "-c", script,        "--inputs", "1..30"};
    const auto executions = [&](int n) { return lines(read_file(dir / ("ran-" + std::to_string(n)))).size(); };
    std::set<int> cut_off;
    {
      IsolatedMpr mpr(starter, words, env("DIR", dir.path()));
      REQUIRE(wait_until([&] {
        for (int n = 20; n <= 30; ++n) {
          if (executions(n) > 0) cut_off.insert(n);
        }
        return cut_off.size() == 2;
      }));
      // What is printed is recorded.
      for (int n = 1; n < 20; ++n) {
        if (executions(n) > 0) mpr->read_until("[" + std::to_string(n) + "]");
      }
      std::vector<pid_t> victims = mpr.crew();
      victims.push_back(mpr->pid());
      kill_together(victims);
      mpr.await_all();
      check_nothing_left(mpr.census());
    }
    touch(dir / "go");
    const Result result = run_isolated(starter, words, env("DIR", dir.path()));
    INFO(result);
    CHECK(result.success());
    CHECK(lines(result.out).size() == 30);
    for (int n = 1; n <= 30; ++n) {
      INFO(n);
      CHECK(executions(n) == 1 + cut_off.count(n));
    }
  }
}

TEST_CASE("isolated: killed again and again, in any order, nothing is left", "[soak]") {
  Rounds rounds{5};
  unsigned kills = 0;
  const auto able = starters();
  while (const auto seed = able.empty() ? std::nullopt : rounds.next()) {
    CAPTURE(*seed);
    std::mt19937 random(*seed);
    IsolatedMpr mpr(able[random() % able.size()],
                    {"map", "-j3", "-q", "--retries", "2", "sh", "-c",
                     R"((trap '' TERM; exec setsid sleep 1000) & "$HELPER" daemon; sleep 0.0$(($$ % 10)))", "--inputs",
                     "1..100000"});
    const auto pause = [&] { std::this_thread::sleep_for(std::chrono::microseconds{random() % 150'000}); };
    pause();
    for (auto blows = random() % 4; blows > 0; --blows, ++kills) {
      const std::vector<pid_t> crew = mpr.crew();
      const pid_t victim = crew.empty() ? 0 : crew[random() % crew.size()];
      const bool stop = random() % 4 == 0 && IsolatedMpr::has_begun(victim);
      if (victim > 0) ::kill(victim, stop ? SIGSTOP : SIGKILL);
      pause();
    }
    std::vector<pid_t> victims = mpr.crew();
    std::erase_if(victims, [&](pid_t) { return random() % 2 == 0; });
    victims.push_back(mpr->pid());
    std::shuffle(victims.begin(), victims.end(), random);
    for (const pid_t victim : victims) ::kill(victim, SIGKILL);
    kills += static_cast<unsigned>(victims.size());
    mpr.await_all();
    check_nothing_left(mpr.census());
  }
  WARN(rounds.count() << " runs, " << kills << " kills");
}
