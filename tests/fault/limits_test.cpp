// Too few processes and too few open files: a run goes on with fewer workers, or ends with one clear line.
#include <sys/resource.h>
#include <sys/time.h>

#include <catch2/catch.hpp>

#include "../process/run_fixture.hpp"
#include "support/mpr_command.hpp"
#include "support/process_table.hpp"

using namespace mpr;
using namespace mpr::runner;
using namespace mpr::test;
using namespace std::chrono_literals;

namespace {

/// A user whose processes are this test's alone, for the kernel counts them by user.
unsigned nobody_else() {
  return 20'000U + static_cast<unsigned>(::getpid()) % 40'000U;
}

/// In a child: at most so many processes, this one included. False where that is not allowed.
bool with_processes(rlim_t most, rlim_t hard) {
  const rlimit limit{most, hard};
  return ::setgid(nobody_else()) == 0 && ::setuid(nobody_else()) == 0 && ::setrlimit(RLIMIT_NPROC, &limit) == 0;
}

/// How a run with so few processes ends.
std::string run_with_processes(rlim_t most, const OneJobOptions& options, ListedTasks& tasks,
                               RecordingFrontEnd& front_end) {
  if (!with_processes(most, most)) return "not allowed";
  try {
    const RunReport report = run(options, tasks, front_end);
    return std::to_string(report.counters.succeeded) + " succeeded" + (childless() ? "" : ", children");
  } catch (const RunError& error) {
    return error.what() + std::string(childless() ? "" : ", children");
  }
}

bool allowed(const std::string& outcome) {
  if (outcome.rfind("not allowed", 0) != 0) return true;
  WARN("skipped: only root can become another user");
  return false;
}

/// mpr with an option that limits it, and what it may not have more of.
Result limited(const std::string& limit, const std::string& words) {
  return shell(limit + "; $MPR " + words);
}

const std::string kNumbers40 = lines_of(40);

}  // namespace

TEST_CASE("with few processes a run goes on with fewer workers, and says so once") {
  const std::string outcome = in_child([] {
    ListedTasks tasks{"echo $1", numbers(40)};
    RecordingFrontEnd front_end;
    std::string text = run_with_processes(4, run_options(8), tasks, front_end);
    if (front_end.out != kNumbers40) text += ", wrong output";
    for (const std::string& warning : front_end.warnings) text += "\n" + warning;
    return text;
  });
  if (!allowed(outcome)) return;
  const auto told = lines(outcome);
  REQUIRE(told.size() == 2);
  CHECK(told[0] == "40 succeeded");
  CHECK_THAT(told[1],
             Catch::StartsWith("cannot fork: Resource temporarily unavailable (ulimit -u is 4): going on with") &&
                 Catch::EndsWith(" of 8 workers"));
}

TEST_CASE("with few processes left in its cgroup, a run goes on with fewer workers too") {
  // Five for mpr, its workers and their tasks.
  const Result result = shell(
      R"(group=/sys/fs/cgroup/pids/mpr-test-$$
         [ -d /sys/fs/cgroup/pids ] || group=/sys/fs/cgroup/mpr-test-$$
         mkdir $group 2>/dev/null && echo 5 > $group/pids.max || { rmdir $group 2>/dev/null; exit 77; }
         sh -c "echo \$\$ > $group/cgroup.procs"' && exec "$MPR" map -j8 echo --inputs 1..40'; status=$?
         until rmdir $group; do sleep 0.05; done; exit $status)");
  INFO(result);
  if (result.exit_status == 77) {
    WARN("skipped: no cgroup with a limit of processes can be made here");
    return;
  }
  CHECK(result.success());
  CHECK(result.out == kNumbers40);
  CHECK_THAT(result.err, Catch::StartsWith("mpr: warning: cannot fork: Resource temporarily unavailable"));
  CHECK(lines(result.err).size() == 1);
}

TEST_CASE("workers make way for tasks where there is no room for both") {
  // Three beside mpr: with three workers none of them could start anything.
  const std::string outcome = in_child([] {
    ListedTasks tasks{"exec sleep 0.1", numbers(5)};
    RecordingFrontEnd front_end;
    return run_with_processes(3, run_options(3), tasks, front_end);
  });
  if (allowed(outcome)) CHECK(outcome == "5 succeeded");
}

TEST_CASE("a run that cannot have a single worker ends with an error, after a while") {
  const std::string outcome = in_child([] {
    ListedTasks tasks{"echo $1", numbers(3)};
    RecordingFrontEnd front_end;
    OneJobOptions options = run_options(2);
    options.pool.patience = 300ms;
    const os::Time began = os::Clock::now();
    const std::string text = run_with_processes(1, options, tasks, front_end);
    return text + (os::Clock::now() - began < 250ms ? ", at once" : "");
  });
  if (allowed(outcome)) CHECK(outcome == "cannot fork: Resource temporarily unavailable (ulimit -u is 1)");
}

TEST_CASE("a run that can have workers and no tasks beside them ends with an error, after a while") {
  const std::string outcome = in_child([] {
    ListedTasks tasks{"echo $1", numbers(3)};
    RecordingFrontEnd front_end;
    OneJobOptions options = run_options(1);
    options.pool.patience = 300ms;
    std::string text = run_with_processes(2, options, tasks, front_end);
    return text + (front_end.order.empty() ? "" : ", but a task ran");
  });
  if (allowed(outcome)) CHECK(outcome == "cannot fork: Resource temporarily unavailable (ulimit -u is 2)");
}

TEST_CASE("workers that could not be had are had once that is possible") {
  if (kSlowness != 1) {
    WARN("skipped: LeakSanitizer starts a process at the end of each program, and there may be none");
    return;
  }
  const std::string outcome = in_child([]() -> std::string {
    if (!with_processes(3, 100)) return "not allowed";
    const TempDir dir;
    // The first to run, whichever it is, runs alone: one worker, one task. The second waits for the third.
    const std::string place = "true > " + dir.path();
    ListedTasks tasks{"set -C; " + place + "/1 && exit; " + place + "/2 && exec " + kHelper + " await " + dir / "3" +
                          "; " + place + "/3",
                      numbers(3)};
    RecordingFrontEnd front_end;
    // For the first worker, too: the second counts against the limit that it was started with.
    front_end.on_finished = [] {
      const rlimit more{100, 100};
      for (const pid_t worker : children_of(::getpid())) ::prlimit(worker, RLIMIT_NPROC, &more, nullptr);
      ::setrlimit(RLIMIT_NPROC, &more);
    };
    OneJobOptions options = run_options(2);
    options.ordering = Ordering::as_completed;  // the first to end may not be the first of the tasks
    const RunReport report = run(options, tasks, front_end);
    return std::to_string(report.counters.succeeded) + " succeeded, " + std::to_string(front_end.warnings.size()) +
           " warnings";
  });
  if (allowed(outcome)) CHECK(outcome == "3 succeeded, 1 warnings");
}

TEST_CASE("a signal ends a run that waits for processes") {
  const std::string outcome = in_child([]() -> std::string {
    if (!with_processes(1, 1)) return "not allowed";
    ListedTasks tasks{"echo $1", numbers(3)};
    RecordingFrontEnd front_end;
    const auto options = run_options(1);
    ::alarm(0);
    const itimerval soon{{0, 0}, {0, 100'000}};
    ::signal(SIGALRM, [](int) { ::kill(::getpid(), SIGTERM); });
    ::setitimer(ITIMER_REAL, &soon, nullptr);
    const RunReport report = run(options, tasks, front_end);
    return "signal " + std::to_string(report.signal.value_or(0));
  });
  if (allowed(outcome)) CHECK(outcome == "signal 15");
}

TEST_CASE("a run goes on with the workers that there were descriptors for") {
  CHECK(in_child([] {
          ListedTasks tasks{"echo $1", numbers(40)};
          RecordingFrontEnd front_end;
          const OneJobOptions options = run_options(8);
          rlimit few = options.pool.worker.open_files;
          few.rlim_cur = open_descriptors() + 20;
          ::setrlimit(RLIMIT_NOFILE, &few);
          const RunReport report = run(options, tasks, front_end);
          std::string text = std::to_string(report.counters.succeeded) + " succeeded";
          if (front_end.out != kNumbers40) text += ", wrong output";
          for (const std::string& warning : front_end.warnings) text += ", " + warning.substr(0, warning.find(" ("));
          return text;
        }) == "40 succeeded, cannot start a worker: Too many open files");
}

TEST_CASE("with a low limit of open files there are fewer workers, and one line says so") {
  const Result result = limited("ulimit -n 64", "map -j32 echo --inputs 1..40");
  INFO(result);
  CHECK(result.success());
  CHECK(result.out == kNumbers40);
  CHECK_THAT(result.err, Catch::StartsWith("mpr: warning: limit of open files 64: using ") &&
                             Catch::EndsWith(" of 32 workers; raise it with ulimit -n\n"));
  CHECK(lines(result.err).size() == 1);
}

TEST_CASE("a soft limit of open files is raised where the hard one allows it") {
  const Result result = limited("ulimit -Sn 40", "map -j32 echo --inputs 1..40");
  INFO(result);
  CHECK(result.out == kNumbers40);
  CHECK(result.err.empty());
}

TEST_CASE("whatever the limit of open files, a run is right or ends with one clear line") {
  for (int limit = 8; limit <= 64; limit += 4) {
    const Result result = limited("ulimit -n " + std::to_string(limit), "map -j16 echo --inputs 1..40");
    INFO("limit " << limit << "\n" << result);
    const auto said = lines(result.err);
    if (result.exit_status == 0) {
      CHECK(result.out == kNumbers40);
      CHECK(said.size() <= 1);
    } else {
      CHECK(result.exit_status == 125);
      CHECK(result.out.empty());
      REQUIRE(said.size() == 2);
      CHECK_THAT(said[0], Catch::StartsWith("mpr: error: limit of open files " + std::to_string(limit)));
      CHECK(said[1] == "mpr: hint: raise it with ulimit -n");
    }
  }
}

TEST_CASE("the lowest limit of open files that mpr accepts is enough for all that it does") {
  // Three are open: 30 is the least.
  const std::string limit = "ulimit -n 30; cd $TMPDIR; seq 3 > numbers";
  const auto check = [&](const std::string& words, const std::string& out) {
    const Result result = limited(limit, words + "; echo $?; rm -rf $TMPDIR/*");
    INFO(words << "\n" << result);
    CHECK(result.out == out + "0\n");
    CHECK(lines(result.err).size() <= 2);  // that there is one worker, and that leftovers were ended
  };
  check("map -j3 --store runs.db echo --inputs @numbers", "1\n2\n3\n");
  check("map -j1 --store runs.db sh -c 'echo $0; sleep 1000 & setsid sleep 1000 & exit 0' --inputs @numbers",
        "1\n2\n3\n");
  check("map -j1 --store runs.db --retries 1 $HELPER write-out 10000000 --inputs 1 2 | wc -c", "20000000\n");
  check("map -j1 --store runs.db --executor persistent $JOBS/square --inputs 1..4", "1\n4\n9\n16\n");
  check("map -j1 --store runs.db --executor lines cat --inputs 1..4", "1\n2\n3\n4\n");
  if (kSlowness == 1) check("map -j1 --store runs.db --executor fork-server seq {} --inputs 1 1", "1\n1\n");
}
