// Ctrl-Z: in a terminal, under a shell with job control. All of a run stops, no time goes by for it, and it goes on, or
// ends, as the shell's user says.
#include <signal.h>

#include <algorithm>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "support/mpr_command.hpp"
#include "support/process_table.hpp"
#include "support/terminal.hpp"

using namespace mpr::test;

namespace {

constexpr const char* kCtrlZ = "\x1a";

std::string name_of(pid_t pid) {
  const std::string name = read_file("/proc/" + std::to_string(pid) + "/comm");
  return name.substr(0, name.find('\n'));
}

bool is_stopped(pid_t pid) {
  return contains(read_file("/proc/" + std::to_string(pid) + "/stat"), ") T ");
}

/// A shell with job control that runs mpr, and what is done once that has stopped (the shell waits for a line first).
class Shell {
 public:
  Shell(const std::string& mpr_words, const std::string& then, const Census& census, const TempDir& dir)
      : dir_(dir), census_(census), terminal_(script(mpr_words, then), options()) {}

  Terminal& terminal() { return terminal_; }
  [[nodiscard]] pid_t mpr() const {
    for (const pid_t pid : census_.processes()) {
      if (name_of(pid) == "mpr") return pid;
    }
    FAIL("there is no mpr");
    return -1;
  }
  /// All but the shell, mpr and its workers.
  [[nodiscard]] std::vector<pid_t> task_processes() const {
    std::vector<pid_t> found = census_.processes();
    std::erase_if(found, [&](pid_t pid) {
      return pid == terminal_.pid() || name_of(pid) == "mpr" || name_of(pid).starts_with("mpr-worker");
    });
    return found;
  }

  /// Ctrl-Z once so many of these are there.
  void stop(size_t task_processes_at_least, const std::string& told = "status 148") {
    REQUIRE(wait_until([&] { return task_processes().size() >= task_processes_at_least; }));
    terminal_.type(kCtrlZ);
    terminal_.wait_for(told);
    check_all_stopped();
  }
  /// Must hold as soon as the shell says that mpr has stopped.
  void check_all_stopped() const {
    CHECK(is_stopped(mpr()));
    if (kSlowness != 1) return;  // LeakSanitizer traces processes that exit, and they are held up by it
    for (const pid_t pid : task_processes()) {
      INFO(describe_process(pid));
      CHECK(is_stopped(pid));
    }
  }
  void go_on() const { terminal_.type("\n"); }
  Result finish() {
    touch(dir_ / "go");
    go_on();
    return terminal_.wait();
  }

 private:
  static Argv script(const std::string& mpr_words, const std::string& then) {
    return {"bash", "--norc", "-c",
            "set -m\n$MPR " + mpr_words + "\necho status $?\nread -r line\n" + then + "\necho end $?"};
  }
  [[nodiscard]] Options options() const {
    Options options = with_names(env("DIR", dir_.path()));
    options.directory = dir_.path();
    return census_.mark(options);
  }

  const TempDir& dir_;
  const Census& census_;
  Terminal terminal_;
};

/// Two tasks, each with what has left its process group and session, that wait for a file.
const std::string kBusyTasks =
    R"(map -j2 sh -c 'setsid sleep 1000 & "$HELPER" daemon; "$HELPER" await go; echo "result $0"' --inputs 1 2)";
constexpr size_t kBusyProcesses = 2 * 4;

void check_both_results(const Result& result) {
  INFO(result);
  CHECK_THAT(result.out, Catch::Contains("result 1\r\n") && Catch::Contains("result 2\r\n"));
  CHECK_THAT(result.out, Catch::Contains("end 0"));
}

/// Lets time go by that must not count.
void stand_for(Limit time) {
  const auto until = Clock::now() + time;
  (void)wait_until([&] { return Clock::now() >= until; }, 2 * time);
}

}  // namespace

TEST_CASE("Ctrl-Z stops mpr and all that its tasks have started, and fg or bg has all of it go on") {
  const std::string then = GENERATE("fg", "bg; wait");
  INFO(then);
  const TempDir dir;
  const Census census;
  Shell shell(kBusyTasks, then, census, dir);
  shell.stop(kBusyProcesses);
  check_both_results(shell.finish());
}

TEST_CASE("Ctrl-Z stops again what has been continued") {
  const TempDir dir;
  const Census census;
  Shell shell(kBusyTasks, "fg; echo again $?; read -r line; fg", census, dir);
  shell.stop(kBusyProcesses);
  shell.go_on();
  REQUIRE(wait_until([&] {
    const auto all = shell.task_processes();
    return std::none_of(all.begin(), all.end(), is_stopped);
  }));
  shell.stop(kBusyProcesses, "again 148");
  check_both_results(shell.finish());
}

TEST_CASE("Ctrl-Z stops tasks that a fork server runs") {
  const TempDir dir;
  const Census census;
  Shell shell(R"(map -j2 --executor fork-server sh -c '"$HELPER" await go; echo "result $0"' --inputs 1 2)", "fg",
              census, dir);
  shell.stop(2 * 3);  // a server, the task, what it runs
  check_both_results(shell.finish());
}

TEST_CASE("Ctrl-Z stops processes that stay from task to task, and no answer is lost or comes twice") {
  const std::string how = GENERATE("persistent cat", "lines cat");
  const std::string words =
      how == "lines cat" ? "--executor lines cat --inputs 1..200000" : "$JOBS/square --inputs 1..2000000";
  INFO(how);
  const TempDir dir;
  const Census census;
  Shell shell("map -j2 " + words + " >out", "fg", census, dir);
  shell.stop(2);
  const Result result = shell.finish();
  INFO(result);
  CHECK_THAT(result.out, Catch::Contains("end 0"));
  const auto printed = lines(read_file(dir / "out"));
  REQUIRE(printed.size() == (how == "lines cat" ? 200'000 : 2'000'000));
  for (size_t n = 1; n <= printed.size(); ++n) {
    if (printed[n - 1] != std::to_string(how == "lines cat" ? n : n * n)) FAIL("line " << n << ": " << printed[n - 1]);
  }
}

TEST_CASE("the time for which Ctrl-Z has stopped a run counts for no timeout, and is not a task's time") {
  constexpr Limit kStands = std::chrono::milliseconds{3500} * kSlowness;
  const TempDir dir;
  const std::string timeout = std::to_string(2500 * kSlowness) + "ms";
  dir.write("m.json", R"({"version": 1, "defaults": {"timeout": ")" + timeout + R"("}, "jobs": {
    "alone": {"command": [")" +
                          kHelper + R"(", "await", "go"]},
    "persistent": {"command": [")" MPR_TEST_PROGRAMS R"(/jobs/deed", "sleep:2000"]},
    "lines": {"command": [")" +
                          kHelper + R"(", "answer-lines"], "inputs": ["await go"], "worker": "lines"}
  }})");
  const Census census;
  Shell shell("run -j3 --json m.json >out", "fg", census, dir);
  shell.stop(3);
  stand_for(kStands);
  const Result result = shell.finish();
  INFO(result);
  CHECK_THAT(result.out, Catch::Contains("end 0"));
  const auto tasks = lines(read_file(dir / "out"));
  REQUIRE(tasks.size() == 3);
  for (const std::string& task : tasks) {
    INFO(task);
    const auto told = nlohmann::json::parse(task);
    const double most = told["job"] == "persistent" ? 1e9 : std::chrono::duration<double>(kStands).count();
    CHECK(told["seconds"].get<double>() < most);
  }
}

TEST_CASE("a task that was kept from running, with its worker, does not time out for that") {
  const TempDir dir;
  RunningMpr running(
      {"map", "--timeout", std::to_string(2000 * kSlowness) + "ms", "sh", "-c",
       R"(echo $PPID > "$DIR/worker.new"; mv "$DIR/worker.new" "$DIR/worker"; exec "$HELPER" await "$DIR/go")",
       "--inputs", "1"},
      env("DIR", dir.path()));
  REQUIRE(wait_until([&] { return exists(dir / "worker"); }));
  const pid_t worker = std::stoi(read_file(dir / "worker"));
  const auto tasks = children_of(worker);
  kill(worker, SIGSTOP);
  for (const pid_t task : tasks) kill(task, SIGSTOP);
  stand_for(std::chrono::milliseconds{2500} * kSlowness);
  kill(worker, SIGCONT);
  stand_for(std::chrono::milliseconds{300});  // to look at the time
  for (const pid_t task : tasks) kill(task, SIGCONT);
  touch(dir / "go");
  const Result result = running->wait();
  INFO(result);
  CHECK(result.success());
}

TEST_CASE("a run that Ctrl-Z has stopped is ended by SIGTERM as soon as it goes on") {
  const TempDir dir;
  const Census census;
  // As the shell's kill does: the signal, and then SIGCONT.
  Shell shell(kBusyTasks, "kill %1; fg", census, dir);
  shell.stop(kBusyProcesses);
  shell.go_on();
  const Result result = shell.terminal().wait();
  INFO(result);
  CHECK_THAT(result.out, Catch::Contains("end 143"));
  CHECK(census.processes().empty());
}

TEST_CASE("nothing is left when a run that Ctrl-Z has stopped is killed") {
  const TempDir dir;
  const Census census;
  Shell shell(kBusyTasks, "wait %1", census, dir);
  shell.stop(kBusyProcesses);
  kill(shell.mpr(), SIGKILL);
  REQUIRE(wait_until([&] { return shell.task_processes().empty(); }));
  shell.go_on();
  const Result result = shell.terminal().wait();
  INFO(result);
  CHECK_THAT(result.out, Catch::Contains("Killed"));
}

TEST_CASE("nothing is left when the terminal of a run that Ctrl-Z has stopped is closed") {
  const TempDir dir;
  const Census census;
  Shell shell(kBusyTasks, "fg", census, dir);
  shell.stop(kBusyProcesses);
  shell.terminal().hang_up();
  shell.terminal().wait();
  CHECK(wait_until([&] { return census.processes().empty(); }));
}

TEST_CASE("the progress line is gone while a run is stopped, and is drawn again when it goes on") {
  const TempDir dir;
  const Census census;
  Shell shell(R"(map -j3 sh -c '[ $0 = 1 ] || "$HELPER" await go$0' --inputs 1 2 3)", "fg", census, dir);
  shell.terminal().wait_for("1/3 done");
  shell.stop(2);
  const std::string shown = shell.terminal().wait_for("status 148");
  const size_t last_drawn = shown.rfind("1/3 done");
  CHECK(shown.find("\r\x1b[K", last_drawn) < shown.find("status 148"));
  shell.go_on();
  touch(dir / "go2");
  shell.terminal().wait_for("2/3 done");
  touch(dir / "go3");
  CHECK_THAT(shell.terminal().wait().out, Catch::Contains("end 0"));
}

TEST_CASE("Ctrl-Z does nothing where nobody could have mpr go on, or where it was started to ignore it") {
  // The terminal's only process has no shell above it; and then one that a shell would have told to ignore it.
  const Argv around = GENERATE(Argv{}, Argv{kHelper, "ignoring", std::to_string(SIGTSTP)});
  const TempDir dir;
  const Census census;
  Argv argv = around;
  const Argv words = mpr_argv({"map", "--timeout", "100s", "sh", "-c",
                               R"(touch "$DIR/ready"; "$HELPER" await "$DIR/go"; echo result)", "--inputs", "1"});
  argv.insert(argv.end(), words.begin(), words.end());
  Terminal terminal(argv, census.mark(with_names(env("DIR", dir.path()))));
  REQUIRE(wait_until([&] { return exists(dir / "ready"); }));
  terminal.type(kCtrlZ);
  terminal.wait_for("^Z");  // the terminal's echo: the signal has been sent
  touch(dir / "go");
  const Result result = terminal.wait();
  INFO(result);
  CHECK(result.success());
  CHECK_THAT(result.out, Catch::Contains("result\r\n"));
}
