#include "runner/run.hpp"

#include <algorithm>

#include "run_fixture.hpp"
#include "runner/error.hpp"
#include "support/temp_dir.hpp"

using namespace mpr;
using namespace mpr::runner;
using namespace mpr::test;
using namespace std::chrono_literals;
using worker::Ending;

// A run changes signals and the subreaper setting of its process, so each is one of its own (in_child).

namespace {

/// Runs; answers "S succeeded F failed C cancelled D dropped", and a word for each thing that is left.
std::string outcome(const OneJobOptions& options, ListedTasks& tasks, RecordingFrontEnd& front_end) {
  const size_t descriptors = open_descriptors();
  const RunReport report = run(options, tasks, front_end);
  const Counters& counters = report.counters;
  std::string text;
  const auto tell = [&](uint64_t count, const char* what) {
    if (count > 0) text += std::to_string(count) + " " + what + " ";
  };
  tell(counters.succeeded, "succeeded");
  tell(counters.failed, "failed");
  tell(counters.cancelled, "cancelled");
  tell(counters.dropped, "dropped");
  tell(counters.retried, "retried");
  tell(counters.leaked, "leaked");
  if (report.signal) text += "signal " + std::to_string(*report.signal) + " ";
  if (report.output_closed) text += "closed ";
  if (counters.final() != counters.added) text += "UNACCOUNTED ";
  if (counters.running != 0) text += "RUNNING ";
  if (!childless()) text += "CHILDREN ";
  if (open_descriptors() > descriptors) text += "DESCRIPTORS ";
  if (!text.empty()) text.pop_back();
  return text;
}

std::string joined(const std::vector<worker::TaskNumber>& order) {
  std::string text;
  for (const auto number : order) text += std::to_string(number) + " ";
  return text;
}

}  // namespace

TEST_CASE("a run prints every task's output in order, whatever the number of workers") {
  const unsigned workers = GENERATE(1U, 2U, 5U);
  CHECK(in_child([&] {
          ListedTasks tasks{"echo $1", numbers(200)};
          RecordingFrontEnd front_end;
          const std::string text = outcome(run_options(workers), tasks, front_end);
          return text + (front_end.out == lines_of(200) ? "" : ", wrong output");
        }) == "200 succeeded");
}

TEST_CASE("a run of no tasks is over at once") {
  CHECK(in_child([] {
          ListedTasks tasks{"echo $1", {}};
          RecordingFrontEnd front_end;
          return outcome(run_options(2), tasks, front_end) + "nothing";
        }) == "nothing");
}

TEST_CASE("a run is over when its source ends after the last task did") {
  CHECK(in_child([] {
          os::Pipe gate = os::make_pipe();
          os::set_nonblocking(gate.reader);
          ListedTasks tasks{"echo $1", numbers(2)};
          tasks.gate = gate.reader;
          tasks.waits_before = 2;
          RecordingFrontEnd front_end;
          front_end.on_finished = [&] {
            if (front_end.order.size() == 2) gate.writer.reset();
          };
          return outcome(run_options(2), tasks, front_end);
        }) == "2 succeeded");
}

TEST_CASE("tasks run while the source waits for more") {
  CHECK(in_child([] {
          os::Pipe gate = os::make_pipe();
          os::set_nonblocking(gate.reader);
          ListedTasks tasks{"echo $1", numbers(5)};
          tasks.gate = gate.reader;
          tasks.waits_before = 1;
          RecordingFrontEnd front_end;
          front_end.on_finished = [&] {
            if (front_end.order.size() == 1) (void)!::write(gate.writer.get(), "x", 1);
          };
          const std::string text = outcome(run_options(2), tasks, front_end);
          return text + (front_end.out == lines_of(5) ? "" : ", wrong output");
        }) == "5 succeeded");
}

TEST_CASE("a slow first task holds up the output and not the workers") {
  CHECK(in_child([] {
          const TempDir dir;
          // Task 1 waits until task 20 is done: it never would be if tasks waited for it.
          ListedTasks tasks{"test $1 = 20 && touch " + dir / "go" + "; test $1 != 1 || until test -e " + dir / "go" +
                                "; do sleep 0.01; done; echo $1",
                            numbers(30)};
          RecordingFrontEnd front_end;
          const std::string text = outcome(run_options(2), tasks, front_end);
          return text + (front_end.out == lines_of(30) ? "" : ", wrong output");
        }) == "30 succeeded");
}

TEST_CASE("as completed, a slow task is printed last") {
  CHECK(in_child([] {
          const TempDir dir;
          ListedTasks tasks{"test $1 = 5 && touch " + dir / "go" + "; test $1 != 1 || until test -e " + dir / "go" +
                                "; do sleep 0.01; done; test $1 != 1 || sleep 0.05; echo $1",
                            numbers(5)};
          OneJobOptions options = run_options(2);
          options.ordering = Ordering::as_completed;
          RecordingFrontEnd front_end;
          const std::string text = outcome(options, tasks, front_end);
          return text + (front_end.order.back() == 1 ? "" : ", order " + joined(front_end.order));
        }) == "5 succeeded");
}

TEST_CASE("output is passed on to its end, however little the front end takes at a time") {
  CHECK(in_child([] {
          ListedTasks tasks{"head -c 3000000 /dev/zero", numbers(3)};
          RecordingFrontEnd front_end;
          front_end.buffer_bytes = 100'000;
          const std::string text = outcome(run_options(2), tasks, front_end);
          return text + (front_end.out.size() == 9'000'000 ? "" : ", lost some");
        }) == "3 succeeded");
}

TEST_CASE("failed tasks are counted and told, and the others run") {
  CHECK(in_child([] {
          ListedTasks tasks{"exit $(($1 % 2))", numbers(10)};
          RecordingFrontEnd front_end;
          const std::string text = outcome(run_options(2), tasks, front_end);
          return text + (front_end.results[3].status.code() == 1 ? "" : ", wrong status");
        }) == "5 succeeded 5 failed");
}

TEST_CASE("a failed task is tried again, and only the last attempt's output is seen") {
  CHECK(in_child([] {
          ListedTasks tasks{"echo $1 $MPR_ATTEMPT; test $MPR_ATTEMPT -gt $1", {"0", "1", "2", "3"}};
          OneJobOptions options = run_options(2);
          options.policy.retry.count = 2;
          options.policy.retry.delay = 10ms;
          RecordingFrontEnd front_end;
          const std::string text = outcome(options, tasks, front_end);
          return text + (front_end.out == "0 1\n1 2\n2 3\n3 3\n" ? "" : ", output " + front_end.out);
        }) == "3 succeeded 1 failed 5 retried");
}

TEST_CASE("after enough failures nothing more is started and what runs is ended") {
  const test::TempDir dir;
  CHECK(in_child([&] {
          // The first fails when the second runs.
          const std::string runs = dir / "runs";
          ListedTasks tasks{"test $1 != 1 || { until test -e " + runs + "; do sleep 0.01; done; exit 1; }; : > " +
                                runs + "; exec sleep 1000",
                            numbers(1000)};
          OneJobOptions options = run_options(2);
          options.max_failures = 1;
          RecordingFrontEnd front_end;
          const std::string text = outcome(options, tasks, front_end);
          const bool right = text.rfind("1 failed 1 cancelled", 0) == 0 && tasks.given < 20;
          return right ? std::string("stopped") : text;
        }) == "stopped");
}

TEST_CASE("a task that kills its worker fails alone, and its worker is replaced") {
  CHECK(in_child([] {
          ListedTasks tasks{"echo $1; test $1 != 3 || { kill -9 $PPID; sleep 1000; }", numbers(20)};
          RecordingFrontEnd front_end;
          const std::string text = outcome(run_options(2), tasks, front_end);
          return text + (front_end.results[3].ending == Ending::worker_lost ? "" : ", wrong ending") +
                 (joined(front_end.order).rfind("1 2 3 4 5 ", 0) == 0 ? "" : ", wrong order");
        }) == "19 succeeded 1 failed");
}

TEST_CASE("a task that kills its worker is tried again like any that fails") {
  CHECK(in_child([] {
          ListedTasks tasks{"echo $1; test $MPR_ATTEMPT = 2 || { kill -9 $PPID; sleep 1000; }", numbers(4)};
          OneJobOptions options = run_options(2);
          options.policy.retry.count = 1;
          RecordingFrontEnd front_end;
          const std::string text = outcome(options, tasks, front_end);
          return text + (front_end.out == lines_of(4) ? "" : ", output " + front_end.out);
        }) == "4 succeeded 4 retried");
}

TEST_CASE("what a lost worker's task had started is ended at once, however it tried to get away") {
  CHECK(in_child([] {
          const TempDir dir;
          ListedTasks tasks{"test $1 != 1 || { (setsid sh -c 'echo $$ > " + dir / "pid" +
                                "; exec sleep 1000' &); until test -s " + dir / "pid" +
                                "; do sleep 0.01; done; kill -9 $PPID; sleep 1000; }; kill -0 $(cat " + dir / "pid" +
                                ") 2>/dev/null && echo alive; echo $1",
                            numbers(2)};
          RecordingFrontEnd front_end;
          const std::string text = outcome(run_options(1), tasks, front_end);
          return text + (front_end.out == "2\n" ? "" : ", output " + front_end.out);
        }) == "1 succeeded 1 failed");
}

TEST_CASE("leftovers of tasks are counted") {
  CHECK(in_child([] {
          ListedTasks tasks{"setsid sleep 1000 & exit 0", numbers(2)};
          RecordingFrontEnd front_end;
          return outcome(run_options(2), tasks, front_end);
        }) == "2 succeeded 2 leaked");
}

TEST_CASE("a signal ends the run and what it runs, and is told") {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
    CHECK(in_child([&] {
            ListedTasks tasks{"test $1 != 1 || exit 0; exec sleep 1000", numbers(2)};
            RecordingFrontEnd front_end;
            front_end.on_finished = [&] { ::kill(::getpid(), signal); };
            return outcome(run_options(1), tasks, front_end);
          }).find("signal " + std::to_string(signal)) != std::string::npos);
  }
}

TEST_CASE("a second signal does not wait for tasks that take their time to end") {
  CHECK(in_child([] {
          const std::string self = std::to_string(::getpid());
          ListedTasks tasks{"trap 'kill -TERM $1' TERM; echo ready; while :; do sleep 0.01; done", {self}};
          OneJobOptions options = run_options(1);
          options.ordering = Ordering::by_line;
          options.kill_after = 1000s;
          RecordingFrontEnd front_end;
          front_end.on_output = [] { ::kill(::getpid(), SIGINT); };  // the task answers its SIGTERM with the second
          return outcome(options, tasks, front_end);
        }) == "signal 2 UNACCOUNTED RUNNING");
}

TEST_CASE("an ignored signal does not end a run") {
  CHECK(in_child([] {
          ::signal(SIGHUP, SIG_IGN);
          ListedTasks tasks{"echo $1", numbers(3)};
          RecordingFrontEnd front_end;
          front_end.on_finished = [] { ::kill(::getpid(), SIGHUP); };
          return outcome(run_options(1), tasks, front_end);
        }) == "3 succeeded");
}

TEST_CASE("a run ends when nobody reads its results any more") {
  CHECK(in_child([] {
          ListedTasks tasks{"echo $1", numbers(100'000)};
          RecordingFrontEnd front_end;
          front_end.closes_after = 3;
          const std::string text = outcome(run_options(2), tasks, front_end);
          return std::string(text.find("closed") != std::string::npos && tasks.given < 1000 ? "closed" : text);
        }) == "closed");
}

TEST_CASE("an endless source is read a bounded way ahead") {
  CHECK(in_child([] {
          ListedTasks tasks{"echo $1", numbers(2000)};
          RecordingFrontEnd front_end;
          const std::string text = outcome(run_options(2), tasks, front_end);
          return text + (front_end.most_held <= 2 * 2 * 65 ? "" : ", held " + std::to_string(front_end.most_held));
        }) == "2000 succeeded");
}

TEST_CASE("a source that breaks is told after what it gave has been run and printed") {
  CHECK(in_child([] {
          ListedTasks tasks{"echo $1", numbers(10)};
          tasks.breaks_after = 5;
          RecordingFrontEnd front_end;
          const RunReport report = run(run_options(2), tasks, front_end);
          if (!report.source_error) return std::string("nothing was told");
          try {
            std::rethrow_exception(report.source_error);
          } catch (const std::runtime_error& error) {
            return error.what() + (front_end.out == lines_of(5) ? std::string() : ", wrong output") +
                   (childless() ? "" : ", children");
          }
        }) == "the inputs are broken");
}

TEST_CASE("output that cannot be kept ends the run with an error, and everything it started") {
  CHECK(in_child([] {
          ListedTasks tasks{"test $1 != 1 || sleep 1000; head -c 20000000 /dev/zero", numbers(5)};
          OneJobOptions options = run_options(2);
          options.spill_directory = "/no/such/directory";
          RecordingFrontEnd front_end;
          try {
            (void)run(options, tasks, front_end);
            return std::string("nothing was told");
          } catch (const RunError& error) {
            return std::string(error.hint().empty() ? "no hint" : "told") + (childless() ? "" : ", children");
          }
        }) == "told");
}

TEST_CASE("a run leaves children alone that were there before it") {
  CHECK(in_child([] {
          const pid_t own = ::fork();
          if (own == 0) {
            for (;;) ::pause();
          }
          ListedTasks tasks{"echo $1; test $1 != 2 || kill -9 $PPID", numbers(3)};
          RecordingFrontEnd front_end;
          (void)run(run_options(1), tasks, front_end);
          const bool alive = ::waitpid(own, nullptr, WNOHANG) == 0;
          ::kill(own, SIGKILL);
          ::waitpid(own, nullptr, 0);
          return std::string(alive ? "alive" : "ended");
        }) == "alive");
}

TEST_CASE("after a run, signals are as they were before") {
  CHECK(in_child([] {
          const os::SignalState before = os::SignalState::current();
          ListedTasks tasks{"echo $1", numbers(1)};
          RecordingFrontEnd front_end;
          (void)run(run_options(1), tasks, front_end);
          const os::SignalState after = os::SignalState::current();
          std::string text;
          for (int signal = 1; signal < NSIG; ++signal) {
            if (::sigismember(&before.mask, signal) != ::sigismember(&after.mask, signal)) {
              text += os::signal_name(signal) + " ";
            }
          }
          return text;
        }).empty());
}
