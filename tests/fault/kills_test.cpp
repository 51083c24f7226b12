// Each process of a run is killed, crashed or stopped, by the run's own tasks or from outside.
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include <catch2/catch.hpp>

#include "support/mpr_command.hpp"
#include "support/process_table.hpp"

using namespace mpr::test;

namespace {

std::string name_of(pid_t pid) {
  const std::string name = read_file("/proc/" + std::to_string(pid) + "/comm");
  return name.substr(0, name.find('\n'));
}

void check_nothing_left(Census& census) {
  for (const std::string& left : census.leftovers()) FAIL_CHECK(left);
}

/// mpr in a directory of its own, whose tasks say there where they are.
class Scene {
 public:
  explicit Scene(const Argv& words) : running_(words, options()) {}
  Running& mpr() { return *running_.operator->(); }
  Census& census() { return running_.census(); }
  [[nodiscard]] std::string file(const std::string& name) const { return dir_ / name; }
  void await(const std::string& name) const {
    REQUIRE(wait_until([&] { return exists(dir_ / name); }));
  }

  /// Waits until there is one, and its only child is none that is about to be a program.
  pid_t worker(const std::string& slot = "1") {
    pid_t found = -1;
    REQUIRE(wait_until([&] {
      for (const pid_t pid : census().processes()) {
        if (name_of(pid) == "mpr-worker-" + slot) found = pid;
      }
      return found > 0 && !children_of(found).empty();
    }));
    return found;
  }

 private:
  [[nodiscard]] Options options() const {
    Options options = env("DIR", dir_.path());
    options.directory = dir_.path();
    return options;
  }
  TempDir dir_;
  RunningMpr running_;
};

const std::string kAwait = R"(touch "ready$0"; "$HELPER" await go; echo "result $0")";

/// How to run two tasks that wait for `go` and then print "result 1", "result 2"; by each executor.
struct Way {
  std::string name;
  Argv words;
  int signal;
};

std::vector<Way> ways() {
  return {{"exec", {"sh", "-c", kAwait, "--inputs", "1", "2"}, SIGSEGV},
          {"fork-server", {"--executor", "fork-server", "sh", "-c", kAwait, "--inputs", "1", "2"}, SIGKILL},
          {"persistent", {MPR_TEST_PROGRAMS "/jobs/deed", "--inputs", "sleep:400", "sleep:401"}, SIGKILL},
          {"lines", {"--executor", "lines", kHelper, "answer-lines", "--inputs", "await go", "await ./go"}, SIGABRT},
          {"json", {"--executor", "json", kHelper, "answer-json", "--inputs", "await go", "await ./go"}, SIGSEGV}};
}

Argv with(Argv options, const Argv& words) {
  options.insert(options.end(), words.begin(), words.end());
  return options;
}

}  // namespace

TEST_CASE("a worker that dies by any signal loses one task, which is tried again where retries are asked for") {
  for (const Way& way : ways()) {
    INFO(way.name);
    Scene scene(with({"map", "-j1", "--retries", "1"}, way.words));
    kill(scene.worker(), way.signal);
    touch(scene.file("go"));
    const Result result = scene.mpr().wait();
    INFO(result);
    CHECK(result.success());
    // Each once.
    const std::string first = way.words.back() == "2" ? "result 1\n" : way.words[way.words.size() - 2];
    CHECK_THAT(result.out, Catch::StartsWith(first));
    CHECK(result.out.find(first, 1) == std::string::npos);
    CHECK_THAT(result.out, Catch::Contains(way.words.back()));
  }
}

TEST_CASE("signals that are meant for mpr and come to its workers too, do not end those before their tasks") {
  const int number = GENERATE(SIGTERM, SIGHUP, SIGINT, SIGQUIT);
  Scene scene({"map", "-j1", "sh", "-c", kAwait, "--inputs", "1"});
  scene.await("ready1");
  kill(scene.worker(), number);
  touch(scene.file("go"));
  const Result result = scene.mpr().wait();
  INFO(result);
  CHECK(result.success());
  CHECK(result.out == "result 1\n");
}

TEST_CASE("a task that kills its worker fails alone") {
  const Result result = run_mpr({"map", "-j1", "sh", "-c", "[ $0 = 2 ] && kill -9 $PPID; echo $0", "--inputs", "1..3"});
  INFO(result);
  CHECK(result.exit_status == 1);
  CHECK_THAT(result.out, Catch::StartsWith("1\n") && Catch::EndsWith("3\n"));
  CHECK_THAT(result.err, Catch::Contains("its worker was lost"));
}

TEST_CASE("a task that kills mpr ends everything, itself too") {
  Scene scene({"map", "-j2", "sh", "-c",
               R"(setsid sleep 1000 & [ $0 = 1 ] || { while [ ! -e ready ]; do sleep 0.01; done
                  kill -9 $(sed 's/.*) . //; s/ .*//' /proc/$PPID/stat); }
                  touch ready; sleep 1000)",
               "--inputs", "1", "2"});
  CHECK(scene.mpr().wait().signal == SIGKILL);
  check_nothing_left(scene.census());
}

TEST_CASE("nothing is left when the whole process group of mpr is killed") {
  const int number = GENERATE(SIGKILL, SIGTERM, SIGINT);
  Scene scene({"map", "-j2", "sh", "-c", R"(setsid sleep 1000 & "$HELPER" daemon; touch ready$0; sleep 1000)",
               "--inputs", "1", "2"});
  scene.await("ready1");
  scene.await("ready2");
  kill(-scene.mpr().pid(), number);
  CHECK(scene.mpr().wait().signal == number);
  check_nothing_left(scene.census());
}

TEST_CASE("a worker that is stopped holds up what it was given, until it goes on, and nothing else") {
  // Where failures are counted, nothing is given ahead.
  Scene scene({"map", "-j2", "--unordered", "--max-failures", "100", "sh", "-c",
               R"([ $0 -gt 2 ] || { touch ready$0; "$HELPER" await go$0; }; echo task $0.)", "--inputs", "1..20"});
  scene.await("ready1");
  scene.await("ready2");
  const pid_t worker = scene.worker();
  kill(worker, SIGSTOP);
  touch(scene.file("go2"));
  for (int task = 2; task <= 20; ++task) scene.mpr().read_until("task " + std::to_string(task) + ".\n");
  touch(scene.file("go1"));
  kill(worker, SIGCONT);
  const Result result = scene.mpr().wait();
  INFO(result);
  CHECK(result.success());
  CHECK_THAT(result.out, Catch::EndsWith("\ntask 1.\n"));
}

TEST_CASE("a signal ends a run whose worker is stopped, and everything in it") {
  const int number = GENERATE(SIGTERM, SIGKILL);
  Scene scene({"map", "-j1", "sh", "-c", "setsid sleep 1000 & touch ready; sleep 1000", "--inputs", "1"});
  scene.await("ready");
  const pid_t worker = scene.worker();
  kill(worker, SIGSTOP);
  const auto sent = Clock::now();
  scene.mpr().signal(number);
  const Result result = scene.mpr().wait();
  INFO(result);
  CHECK(result.signal == number);
  check_nothing_left(scene.census());
  CHECK(Clock::now() - sent < std::chrono::seconds{4} * kSlowness);
}

TEST_CASE("a task that is stopped, with all that it has started, is ended by its timeout and by the end of the run") {
  const bool has_timeout = GENERATE(true, false);
  Scene scene(with(has_timeout ? Argv{"map", "--timeout", "500ms"} : Argv{"map"},
                   {"sh", "-c", R"(setsid sleep 1000 & echo $! > left; touch ready; kill -STOP $$)", "--inputs", "1"}));
  scene.await("ready");
  kill(std::stoi(read_file(scene.file("left"))), SIGSTOP);
  if (!has_timeout) scene.mpr().signal(SIGTERM);
  const Result result = scene.mpr().wait();
  INFO(result);
  if (has_timeout) {
    CHECK(result.exit_status == 1);
    CHECK_THAT(result.err, Catch::Contains("timed out"));
  } else {
    CHECK(result.signal == SIGTERM);
  }
  check_nothing_left(scene.census());
}

TEST_CASE("a process that stays and is stopped is ended by its task's timeout, and by the end of the run") {
  const std::string executor = GENERATE("persistent", "lines", "json");
  const auto all = ways();
  const auto way = std::find_if(all.begin(), all.end(), [&](const Way& each) { return each.name == executor; });
  INFO(executor);
  for (const bool has_timeout : {true, false}) {
    Scene scene(with(has_timeout ? Argv{"map", "-j1", "--timeout", "700ms"} : Argv{"map", "-j1"}, way->words));
    const pid_t worker = scene.worker();
    kill(children_of(worker).at(0), SIGSTOP);
    touch(scene.file("go"));
    if (!has_timeout) scene.mpr().signal(SIGTERM);
    const Result result = scene.mpr().wait();
    INFO(result);
    CHECK((has_timeout ? contains(result.err, "timed out") : result.signal == SIGTERM));
  }
}

TEST_CASE("a fork server that is stopped takes the time of one attempt at the most, and is replaced") {
  const bool has_timeout = GENERATE(true, false);
  Scene scene(with(has_timeout ? Argv{"map", "-j1", "--timeout", "1s", "--retries", "1"} : Argv{"map", "-j1"},
                   {"--executor", "fork-server", "sh", "-c", kAwait, "--inputs", "1", "2"}));
  scene.await("ready1");
  const pid_t worker = scene.worker();
  // The first of its children is the server, the second the task.
  kill(children_of(worker).at(0), SIGSTOP);
  touch(scene.file("go"));
  if (!has_timeout) {
    scene.mpr().read_until("result 1\n");
    scene.mpr().signal(SIGTERM);
  }
  const Result result = scene.mpr().wait();
  INFO(result);
  if (has_timeout) {
    CHECK(result.success());
    CHECK(result.out == "result 1\nresult 2\n");
  } else {
    CHECK(result.signal == SIGTERM);
  }
}

TEST_CASE("nothing is left when mpr is killed that was stopped") {
  Scene scene({"map", "-j2", "sh", "-c", "setsid sleep 1000 & touch ready$0; sleep 1000", "--inputs", "1", "2"});
  scene.await("ready1");
  scene.await("ready2");
  scene.mpr().signal(SIGSTOP);
  scene.mpr().signal(SIGKILL);
  scene.mpr().wait();
  check_nothing_left(scene.census());
}

TEST_CASE("a task that starts processes without end, up to the limit of its user, is ended with all of them") {
  if (::geteuid() != 0) {
    WARN("only root can have a user without other processes");
    return;
  }
  constexpr const char* kNobodyElse = "54321";
  const TempDir dir;
  ::chmod(dir.path().c_str(), 0777);
  Census census;
  ::chmod(census.temp_dir().path().c_str(), 0777);
  Options options = with_names(env("DIR", dir.path()));
  options.directory = dir.path();
  // 30 processes: mpr, its worker, and the rest for those.
  Running running(
      {"setpriv",
       "--reuid",
       kNobodyElse,
       "--regid",
       kNobodyElse,
       "--clear-groups",
       "prlimit",
       "--nproc=30",
       kMpr,
       "map",
       "-j1",
       "--timeout",
       "700ms",
       "--kill-after",
       "300ms",
       "sh",
       "-c",
       R"(bomb() { [ -e "$DIR/stop" ] || { bomb & bomb & wait; }; }; touch "$DIR/ready"; bomb 2>/dev/null; sleep 1000)",
       "--inputs",
       "1"},
      census.mark(options));
  const Result result = running.wait();
  touch(dir / "stop");
  INFO(result);
  CHECK(exists(dir / "ready"));
  CHECK(result.exit_status == 1);
  CHECK_THAT(result.err, Catch::Contains("timed out"));
  CHECK(result.seconds < 8 * kSlowness);
  CHECK(census.processes().empty());
}
