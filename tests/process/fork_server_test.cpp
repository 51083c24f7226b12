// What the fork-server executor promises: each task is what it would be as a program of its own.
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <thread>

#include "fork_server_fixture.hpp"
#include "support/process_table.hpp"
#include "support/temp_dir.hpp"

using namespace mpr;
using namespace mpr::test;
using namespace std::chrono_literals;
using worker::Ending;

TEST_CASE("a fork server runs its program's constructors once, and each task's main") {
  const NothingLeft nothing_left;
  ForkServerUnderTest worker;
  const pid_t server = worker.server();
  for (int i = 0; i < 20; ++i) {
    const Report report = worker.forked({"count"});
    CHECK(report.out == "1 1\n");
    CHECK(report.result->success());
    CHECK(report.result->usage.max_rss_kib > 0);
  }
  CHECK(worker.server() == server);
  CHECK(children_of(worker.pid()) == std::vector<pid_t>{server});
  CHECK(worker.finish() == 0);
  CHECK_FALSE(exists(server));
}

TEST_CASE("a fork of a C program, and of a shell, is that program") {
  const NothingLeft nothing_left;
  ForkServerUnderTest worker;
  CHECK(worker.run_words({kForkedC, "a", "b c", ""}).out == "a\nb c\n\n");
  CHECK(worker.run_words({kForkedC, "a", "b"}).result->status == os::ExitStatus::exited(2));
  CHECK(worker.run("echo out; echo err >&2; exit 3").err == "err\n");
  CHECK(worker.run("exit 3").result->status == os::ExitStatus::exited(3));
}

TEST_CASE("a forked task has its own words and its own name") {
  const NothingLeft nothing_left;
  ForkServerUnderTest worker;
  CHECK(worker.forked({"words"}).out == kForked + " forked\n");
  CHECK(worker.forked({"words", "", "a b", "\n", "\xff"}).out == "[]\n[a b]\n[\n]\n[\xff]\n" + kForked + " forked\n");
  CHECK(worker.forked({"words", "x"}).out == "[x]\n" + kForked + " forked\n");
}

TEST_CASE("words and variables larger than any message arrive, and smaller ones after them") {
  const NothingLeft nothing_left;
  ForkServerUnderTest worker;
  std::vector<std::string> words{"size"};
  for (int i = 0; i < 40; ++i) words.emplace_back(100'000, 'x');
  worker.like.command.environment = {"BIG=" + std::string(120'000, 'y')};
  CHECK(worker.forked(words).out == "4000000\n");
  worker.like.command.environment.clear();
  CHECK(worker.forked({"size", "abc"}).out == "3\n");
  CHECK(worker.forked(words).out == "4000000\n");
}

TEST_CASE("a forked task has the environment that it would have by exec, and no trace of ours") {
  const NothingLeft nothing_left;
  WorkerUnderTest exec;
  ForkServerUnderTest worker;
  const auto variables = [](WorkerUnderTest& of, worker::TaskNumber number) {
    of.like.command.environment = {"ADDED=1", "HOME", "PATH=/bin:/usr/bin"};
    of.post(number, {kForked, "env"});
    of.send();
    return of.await(number).out;
  };
  (void)variables(worker, 1);  // loads
  CHECK(variables(worker, 7) == variables(exec, 7));
  CHECK(variables(worker, 8).find("LD_PRELOAD") == std::string::npos);
}

TEST_CASE("a library that the user preloads is preloaded, and is in the environment as it was") {
  const NothingLeft nothing_left;
  ForkServerUnderTest worker;
  worker.like.command.environment = {"LD_PRELOAD=libutil.so.1:libdl.so.2"};
  const Report report = worker.run("echo $LD_PRELOAD; grep -c libutil /proc/$PPID/maps /proc/self/maps");
  CHECK(report.out.starts_with("libutil.so.1:libdl.so.2\n"));
  CHECK(report.err.empty());
}

TEST_CASE("variables that a loader reads have a server of their own, others share one") {
  const NothingLeft nothing_left;
  ForkServerUnderTest worker;
  const pid_t plain = worker.server();
  worker.like.command.environment = {"LANG=C", "SEED=1"};
  CHECK(worker.server() == plain);
  worker.like.command.environment = {"OMP_NUM_THREADS=2"};
  const pid_t other = worker.server();
  CHECK(other != plain);
  CHECK(worker.server() == other);
  worker.like.command.environment.clear();
  CHECK(worker.server() == plain);
}

TEST_CASE("few servers are kept, and those that were not used for longest go") {
  const NothingLeft nothing_left;
  ForkServerUnderTest worker;
  std::vector<pid_t> servers;
  for (int i = 0; i < 10; ++i) {
    worker.like.command.environment = {"OMP_NUM_THREADS=" + std::to_string(i)};
    servers.push_back(worker.server());
  }
  CHECK(children_of(worker.pid()) == std::vector<pid_t>(servers.end() - 4, servers.end()));
}

TEST_CASE("a program that is replaced by another is loaded anew") {
  const NothingLeft nothing_left;
  const TempDir dir;
  ForkServerUnderTest worker;
  const auto put = [&](const std::string& program) {
    std::filesystem::copy_file(program, dir / "new");
    std::filesystem::rename(dir / "new", dir / "program");
  };
  put(kForked);
  CHECK(worker.run_words({dir / "program", "count"}).out == "1 1\n");
  put(kForkedC);
  CHECK(worker.run_words({dir / "program", "count"}).out == "count\n");
}

TEST_CASE("a forked task runs in its directory, and a missing one fails it alone") {
  const NothingLeft nothing_left;
  const TempDir dir;
  ForkServerUnderTest worker;
  for (const std::string& where : {dir.path(), std::string("/"), dir.path()}) {
    worker.like.command.directory = where;
    CHECK(worker.run_words({"/bin/pwd"}).out == where + "\n");
  }
  worker.like.command.directory = dir / "none";
  CHECK(failure_of(worker.run_words({"/bin/pwd"})) == "chdir: No such file or directory");
  worker.like.command.directory.clear();
  CHECK(worker.run_words({"/bin/pwd"}).result->success());
  // A task may end as a process does that could not become one.
  CHECK(worker.run("exit 127").result->ending == Ending::exited);
}

TEST_CASE("a program beside its task's directory is found there") {
  const NothingLeft nothing_left;
  const TempDir dir;
  std::filesystem::copy_file(kForkedC, dir / "program");
  ForkServerUnderTest worker;
  worker.like.command.directory = dir.path();
  CHECK(worker.run_words({"./program", "here"}).out == "here\n");
}

TEST_CASE("a forked task reads its own input") {
  const NothingLeft nothing_left;
  ForkServerUnderTest worker;
  CHECK(worker.run_words({"cat"}).out.empty());
  worker.like.command.input = {worker::Input::Kind::text, "first"};
  CHECK(worker.run_words({"cat"}).out == "first");
  worker.like.command.input.value = std::string(300'000, 'z');
  CHECK(worker.run_words({"cat"}).out.size() == 300'000);
}

TEST_CASE("a forked task has three descriptors, leads its group and is a child of its worker") {
  const NothingLeft nothing_left;
  WorkerUnderTest exec;
  ForkServerUnderTest worker;
  const std::string script = "ls /proc/$$/fd; test $(cut -d' ' -f5 /proc/$$/stat) = $$ && echo $PPID";
  (void)worker.run(script);  // loads
  const std::string own = worker.run(script).out;
  CHECK(own.ends_with("\n" + std::to_string(worker.pid()) + "\n"));
  const std::string by_exec = exec.run(script).out;
  CHECK(own.substr(0, own.rfind('\n', own.size() - 2)) == by_exec.substr(0, by_exec.rfind('\n', by_exec.size() - 2)));
}

TEST_CASE("a forked task starts with the signals and the limit that were asked for") {
  const NothingLeft nothing_left;
  worker::WorkerOptions options = WorkerUnderTest::default_options();
  ::sigaddset(&options.signals.ignored, SIGUSR1);
  ::sigaddset(&options.signals.mask, SIGUSR2);
  options.open_files.rlim_cur = 77;
  ForkServerUnderTest worker{options};
  for (int i = 0; i < 2; ++i) {
    const Report report = worker.run_words({"grep", "-E", "SigBlk|SigIgn", "/proc/self/status"});
    CHECK(report.out == "SigBlk:\t0000000000000800\nSigIgn:\t0000000000000200\n");
  }
  CHECK(worker.run("ulimit -Sn").out == "77\n");
}

TEST_CASE("what the C library knows of a forked task's thread is right") {
  const NothingLeft nothing_left;
  ForkServerUnderTest worker;
  for (int i = 0; i < 3; ++i) {
    CHECK(worker.forked({"thread"}).out == "owner robust\n");
    CHECK(worker.forked({"threads"}).out == "36\n");
    CHECK(worker.forked({"page-size"}).out == "found\n");
    CHECK(worker.forked({"throw", "caught"}).out == "caught\n");
  }
}

TEST_CASE("a forked task ends as programs end: by its handlers, flushed, or by a signal") {
  const NothingLeft nothing_left;
  ForkServerUnderTest worker;
  const Report report = worker.forked({"exit", "42"});
  CHECK(report.out == "not flushed by hand handler\n");
  CHECK(report.result->status == os::ExitStatus::exited(42));
  CHECK(worker.forked({"signal", "11"}).result->status.signal() == SIGSEGV);
  CHECK(worker.forked({"signal", "9"}).result->status.signal() == SIGKILL);
  CHECK(worker.forked({"count"}).out == "1 1\n");
}

TEST_CASE("a forked task runs on the CPUs that it is due") {
  const NothingLeft nothing_left;
  ForkServerUnderTest worker;
  const std::string all = worker.forked({"cpus"}).out;
  cpu_set_t allowed;
  REQUIRE(::sched_getaffinity(0, sizeof allowed, &allowed) == 0);
  unsigned cpu = 0;
  while (!CPU_ISSET(cpu, &allowed)) ++cpu;
  worker.like.cpus = {cpu};
  CHECK(worker.forked({"cpus"}).out == "1\n");
  worker.like.cpus.clear();
  CHECK(worker.forked({"cpus"}).out == all);
}

TEST_CASE("the timeout of a forked task ends it and all that it started, and spares its server") {
  const NothingLeft nothing_left;
  ForkServerUnderTest worker;
  const pid_t server = worker.server();
  worker.like.timeout = 200ms;
  worker.like.kill_after = 100ms;
  CHECK(worker.run("sleep 1000 & setsid sleep 1000 & wait").result->status.signal() == SIGTERM);
  const Report report = worker.run("trap '' TERM; setsid sleep 1000 & wait; sleep 1000");
  CHECK(report.result->ending == Ending::timed_out);
  CHECK(report.result->status.signal() == SIGKILL);
  CHECK(worker.server() == server);
  CHECK(children_of(worker.pid()).size() == 2);  // the shell's server and this one
}

TEST_CASE("what a forked task leaves behind is ended and told") {
  const NothingLeft nothing_left;
  ForkServerUnderTest worker;
  for (const std::string& left : std::vector<std::string>{"sleep 1000 & echo $!", "setsid sleep 1000 & echo $!"}) {
    const Report report = worker.run(left);
    CHECK(report.result->success());
    CHECK(report.result->leaked);
    CHECK_FALSE(exists(std::stoi(report.out)));
  }
  CHECK_FALSE(worker.run("true").result->leaked);
  const Report daemon = worker.run_words({"setsid", "-f", "sleep", "1000"});
  CHECK(daemon.result->leaked);
  CHECK(children_of(worker.pid()).size() == 2);
}

TEST_CASE("a forked task that execs another program is that program") {
  const NothingLeft nothing_left;
  ForkServerUnderTest worker;
  CHECK(worker.run("exec echo $PPID").out == std::to_string(worker.pid()) + "\n");
  CHECK(worker.run_words({"env", "-i", "A=1", "env"}).out == "A=1\n");
}

TEST_CASE("a cancel ends the forked task with SIGTERM") {
  const NothingLeft nothing_left;
  ForkServerUnderTest worker;
  worker.post_script(1, "trap 'echo got TERM; exit 5' TERM; echo ready; while :; do sleep 0.01; done");
  worker.send();
  worker.await_output(1, "ready\n");
  worker.post(worker::Order::cancel);
  worker.send();
  const Report& report = worker.await(1);
  CHECK(report.result->ending == Ending::cancelled);
  CHECK(report.out == "ready\ngot TERM\n");
  CHECK(worker.run_words({"sh", "-c", "echo next"}).out == "next\n");
}
