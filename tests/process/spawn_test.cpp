#include "os/spawn.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>

#include "os/descriptors.hpp"
#include "os/pipe.hpp"
#include "support/process_support.hpp"
#include "support/temp_dir.hpp"

using namespace mpr;
using namespace mpr::os;
using namespace mpr::test;

namespace {

using Outcome = std::variant<ProcessHandle, SpawnFailure>;

/// A program to be started with all its output in one pipe; tests change the request.
struct Program {
  std::vector<std::string> words;
  std::vector<std::string> variables{"PATH=/usr/local/bin:/usr/bin:/bin"};
  UniqueFd null = open_null();
  Pipe output = make_pipe();
  SpawnRequest request;

  explicit Program(std::vector<std::string> argv) : words(std::move(argv)) {
    request.path = words[0].c_str();
    request.in = null;
    request.out = output.writer;
    request.err = output.writer;
  }

  [[nodiscard]] Outcome start() {
    std::vector<char*> argv = pointers(words);
    std::vector<char*> envp = pointers(variables);
    request.argv = argv.data();
    request.envp = envp.data();
    const SpawnStack stack;
    return spawn(request, stack);
  }

  /// What it prints until it ends; "cannot: ..." if it cannot be started.
  [[nodiscard]] std::string run() {
    Outcome outcome = start();
    output.writer.reset();
    if (const auto* failure = std::get_if<SpawnFailure>(&outcome)) return "cannot: " + failure->text();
    const std::string text = read_all(output.reader.get());
    const ProcessEnd end = std::get<ProcessHandle>(outcome).wait();
    return text + (end.status.success() ? "" : "[" + end.status.text() + "]");
  }

  [[nodiscard]] SpawnFailure failure() {
    Outcome outcome = start();
    if (const auto* failure = std::get_if<SpawnFailure>(&outcome)) return *failure;
    (void)std::get<ProcessHandle>(outcome).wait();
    return {};
  }

 private:
  static std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> all;
    for (std::string& text : texts) all.push_back(text.data());
    all.push_back(nullptr);
    return all;
  }
};

Program shell(const std::string& script) {
  return Program{{"/bin/sh", "-c", script}};
}

std::string signal_lines() {
  Program grep{{"/bin/grep", "-E", "SigBlk|SigIgn", "/proc/self/status"}};
  return grep.run();
}

}  // namespace

TEST_CASE("a program is started with its words and its environment, and nothing else of ours") {
  const NothingLeft nothing_left;
  Program print{{"/bin/sh", "-c", "for word; do echo \"<$word>\"; done", "sh", "a b", "", "c\nd"}};
  CHECK(print.run() == "<a b>\n<>\n<c\nd>\n");
  Program env{{"/usr/bin/env"}};
  env.variables = {"ONE=1", "TWO=2 2"};
  CHECK(env.run() == "ONE=1\nTWO=2 2\n");
}

TEST_CASE("each standard descriptor of a program is the one that was asked for") {
  const NothingLeft nothing_left;
  Pipe in = make_pipe();
  Pipe out = make_pipe();
  Program program = shell("read word; echo out $word; echo err $word >&2");
  program.request.in = in.reader;
  program.request.out = out.writer;
  REQUIRE(::write(in.writer.get(), "hello\n", 6) == 6);
  CHECK(program.run() == "err hello\n");
  out.writer.reset();
  CHECK(read_all(out.reader.get()) == "out hello\n");
}

TEST_CASE("the standard descriptors of a program may be ours in any order") {
  const NothingLeft nothing_left;
  std::array<int, 3> order{0, 1, 2};
  do {
    CAPTURE(order);
    CHECK(in_child([&] {
            std::array<int, 3> file{};
            Program program = shell("read word; echo out-$word; echo err-$word >&2");
            for (size_t i = 0; i < 3; ++i) {
              file[i] = ::fcntl(::memfd_create("test", 0), F_DUPFD_CLOEXEC, 100);
              ::dup2(file[i], order[i]);
            }
            (void)!::pwrite(file[0], "hello\n", 6, 0);
            program.request.in = FdRef{order[0]};
            program.request.out = FdRef{order[1]};
            program.request.err = FdRef{order[2]};
            std::string text = program.run();
            for (const int each : {file[1], file[2]}) {
              ::lseek(each, 0, SEEK_SET);
              text += read_all(each);
            }
            return text;
          }) == "out-hello\nerr-hello\n");
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("a program is started where no standard descriptor is open here") {
  CHECK(in_child([] {
          for (const int fd : {0, 1, 2}) ::close(fd);
          Program program = shell("echo out; echo err >&2");  // gets 0, 1 and 2 for null and the pipe
          program.request.err = program.output.writer;
          return program.run();
        }) == "out\nerr\n");
}

TEST_CASE("a program is started in the directory that was asked for, or in ours") {
  const NothingLeft nothing_left;
  const TempDir directory;
  Program there{{"/bin/pwd"}};
  there.request.directory = directory.path().c_str();
  CHECK(there.run() == directory.path() + "\n");
  CHECK(Program{{"/bin/pwd"}}.run() == std::filesystem::current_path().string() + "\n");
}

TEST_CASE("a program has the limit of open files that was asked for") {
  const NothingLeft nothing_left;
  Program program = shell("ulimit -Sn; ulimit -Hn");
  program.request.open_files = rlimit{77, 88};
  CHECK(program.run() == "77\n88\n");
}

TEST_CASE("a program leads a process group of its own") {
  const NothingLeft nothing_left;
  CHECK(shell("test $(cut -d' ' -f5 /proc/$$/stat) = $$ && echo leader").run() == "leader\n");
}

TEST_CASE("a program inherits no descriptor but its three") {
  CHECK(in_child([] {
          // What the test itself was started with.
          ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
          const Pipe other = make_pipe();
          return Program{{"/bin/ls", "/proc/self/fd"}}.run();
        }) == "0\n1\n2\n3\n");  // 3 is ls's own
}

TEST_CASE("a program starts with the signal mask and the ignored signals that were asked for") {
  CHECK(in_child([] {
          SignalState target{};
          ::sigemptyset(&target.mask);
          ::sigaddset(&target.mask, SIGUSR1);
          ::sigemptyset(&target.ignored);
          ::sigaddset(&target.ignored, SIGUSR2);
          block_only({SIGTERM, SIGPIPE});
          ignore_signal(SIGHUP);
          const SignalReset reset = SignalReset::to(target);
          Program grep{{"/bin/grep", "-E", "SigBlk|SigIgn", "/proc/self/status"}};
          grep.request.signals = &reset;
          return grep.run();
        }) == "SigBlk:\t0000000000000200\nSigIgn:\t0000000000000800\n");
}

TEST_CASE("a program keeps our signal mask and ignored signals when nothing else is asked for") {
  CHECK(in_child([] {
          block_only({SIGTERM});
          ignore_signal(SIGHUP);
          return signal_lines();
        }) == "SigBlk:\t0000000000004000\nSigIgn:\t0000000000000001\n");
}

TEST_CASE("our own signal mask is as it was after a spawn") {
  CHECK(in_child([] {
          block_only({SIGTERM});
          (void)Program{{"/bin/true"}}.run();
          (void)Program{{"/no/such/program"}}.run();
          const SignalState now = SignalState::current();
          std::string blocked;
          for (int signal = 1; signal < NSIG; ++signal) {
            if (::sigismember(&now.mask, signal) == 1) blocked += std::to_string(signal) + " ";
          }
          return blocked;
        }) == "15 ");
}

TEST_CASE("a program dies when its parent dies") {
  CHECK(in_child([] {
          ::prctl(PR_SET_CHILD_SUBREAPER, 1);
          if (::fork() == 0) {
            (void)Program{{"/bin/sleep", "1000"}}.start();
            ::_exit(0);
          }
          std::string ends;
          for (int status = 0; ::wait(&status) > 0;) ends += WIFSIGNALED(status) ? "killed " : "exited ";
          return ends;
        }) == "exited killed ");
}

TEST_CASE("a program that cannot be executed is told with errno and step, and nothing is left to reap") {
  const NothingLeft nothing_left;
  const TempDir directory;
  const std::string text = directory.write("text", "no program\n");
  struct Case {
    std::string path;
    int error;
  };
  for (const Case& each :
       {Case{"/no/such/program", ENOENT}, Case{text, EACCES}, Case{"/bin", EACCES}, Case{text + "/below", ENOTDIR}}) {
    CAPTURE(each.path);
    const SpawnFailure failure = Program{{each.path}}.failure();
    CHECK(failure.error == each.error);
    CHECK(failure.step == SpawnStep::exec);
    CHECK(childless());
  }
}

TEST_CASE("words that are too long for the kernel are told") {
  const NothingLeft nothing_left;
  CHECK(Program{{"/bin/true", std::string(200'000, 'x')}}.failure().error == E2BIG);
}

TEST_CASE("a directory that cannot be entered is told") {
  const NothingLeft nothing_left;
  Program program{{"/bin/true"}};
  program.request.directory = "/no/such/directory";
  const SpawnFailure failure = program.failure();
  CHECK(failure.error == ENOENT);
  CHECK(failure.step == SpawnStep::directory);
  CHECK(failure.text() == "chdir: No such file or directory");
}

TEST_CASE("a limit that makes no sense is told") {
  const NothingLeft nothing_left;
  Program program{{"/bin/true"}};
  program.request.open_files = rlimit{2, 1};
  const SpawnFailure failure = program.failure();
  CHECK(failure.error == EINVAL);
  CHECK(failure.step == SpawnStep::limits);
}

TEST_CASE("a standard descriptor that is not open is told") {
  const NothingLeft nothing_left;
  for (const FdRef none : {FdRef{}, FdRef{999}}) {
    Program program{{"/bin/true"}};
    program.request.err = none;
    const SpawnFailure failure = program.failure();
    CHECK(failure.error == EBADF);
    CHECK(failure.step == SpawnStep::stdio);
  }
}

TEST_CASE("a process that cannot be created is told") {
  CHECK(in_child([] {
          Program program{{"/bin/true"}};
          const rlimit none_left{3, 3};
          ::setrlimit(RLIMIT_NOFILE, &none_left);
          const SpawnFailure failure = program.failure();  // there is no descriptor for the pidfd
          return failure.text() + (failure.step == SpawnStep::create_process && childless() ? "" : "?");
        }) == "cannot create a process: Too many open files");
}

TEST_CASE("a script without #! is run by the shell") {
  const NothingLeft nothing_left;
  const TempDir directory;
  const std::string script = directory.write("script", "echo \"$0\" \"$1\" $#\n");
  REQUIRE(::chmod(script.c_str(), 0755) == 0);
  CHECK(Program{{script, "a b", "c"}}.run() == script + " a b 2\n");
}

TEST_CASE("a thousand spawns on one stack leave nothing behind") {
  const NothingLeft nothing_left;
  const SpawnStack stack;
  char path[] = "/bin/true";
  char* argv[] = {path, nullptr};
  char* envp[] = {nullptr};
  const UniqueFd null = open_null();
  SpawnRequest request;
  request.path = path;
  request.argv = argv;
  request.envp = envp;
  request.in = request.out = request.err = null;
  int succeeded = 0;
  for (int i = 0; i < 1000; ++i) {
    auto outcome = spawn(request, stack);
    if (auto* process = std::get_if<ProcessHandle>(&outcome)) succeeded += process->wait().status.success();
  }
  CHECK(succeeded == 1000);
}
