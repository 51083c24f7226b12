// What others do to a store while it is in use: moved, removed, locked, made read-only; and a wall clock that jumps.
#include <fcntl.h>
#include <signal.h>

#include <algorithm>
#include <filesystem>

#include "store_disk.hpp"
#include "support/process_support.hpp"

using namespace mpr::test;
namespace fs = std::filesystem;

namespace {

/// Each task says that it was started, and ends when the test lets it.
class Held {
 public:
  [[nodiscard]] Argv words(unsigned tasks) const {
    return {"map",       "--store",  dir_ / "s/runs.db",
            "--resume",  "-q",       "-j1",
            "sh",        "-c",       "echo x >> \"$0/ran-$1\"; until test -e \"$0/go\"; do sleep 0.01; done; echo $1",
            dir_.path(), "--inputs", "1.." + std::to_string(tasks)};
  }
  void wait_for_start() const {
    REQUIRE(wait_until([&] { return exists(dir_ / "ran-1"); }));
  }
  void let_go() const { touch(dir_ / "go"); }
  [[nodiscard]] size_t executions(unsigned task) const {
    return lines(read_file(dir_ / ("ran-" + std::to_string(task)))).size();
  }
  [[nodiscard]] std::string store() const { return dir_ / "s/runs.db"; }
  [[nodiscard]] const TempDir& dir() const { return dir_; }

 private:
  TempDir dir_;
};

/// A process that keeps what a writer of the store must lock, as one would that was stopped in the middle of a commit.
class ForeignLock {
 public:
  explicit ForeignLock(const std::string& store) {
    constexpr off_t kWriteLock = 120;  // see "WAL-index format" in SQLite's documentation
    int ready[2];
    REQUIRE(::pipe2(ready, O_CLOEXEC) == 0);
    pid_ = ::fork();
    REQUIRE(pid_ >= 0);
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      take_signals_as_programs_do();
      const int file = ::open((store + "-shm").c_str(), O_RDWR | O_CLOEXEC);
      struct flock lock {};
      lock.l_type = F_WRLCK;
      lock.l_start = kWriteLock;
      lock.l_len = 1;
      const char locked = ::fcntl(file, F_SETLKW, &lock) == 0 ? 'y' : 'n';
      if (::write(ready[1], &locked, 1) == 1) ::pause();
      ::_exit(1);
    }
    ::close(ready[1]);
    char locked = 'n';
    CHECK(::read(ready[0], &locked, 1) == 1);
    CHECK(locked == 'y');
    ::close(ready[0]);
  }
  ForeignLock(const ForeignLock&) = delete;
  ForeignLock& operator=(const ForeignLock&) = delete;
  ~ForeignLock() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

 private:
  pid_t pid_ = -1;
};

/// mpr as a user who may not do everything.
class AsUser {
 public:
  explicit AsUser(const TempDir& dir) {
    if (::geteuid() != 0) return;
    fs::permissions(dir.path(), fs::perms::owner_all | fs::perms::group_exec | fs::perms::others_exec);
    as_ = {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"};
  }
  [[nodiscard]] Result mpr(const Argv& words) const {
    const Census census;
    return run(argv(words), census.mark());
  }
  [[nodiscard]] Argv argv(const Argv& words) const {
    Argv argv = as_;
    for (const std::string& word : mpr_argv(words)) argv.push_back(word);
    return argv;
  }
  void give(const std::string& path) const {
    if (!as_.empty()) CHECK(::chown(path.c_str(), 65534, 65534) == 0);
  }

 private:
  Argv as_;
};

bool has_negative_number(const std::string& text) {
  for (size_t at = text.find('-'); at != std::string::npos; at = text.find('-', at + 1)) {
    const bool begins = at > 0 && (text[at - 1] == ' ' || text[at - 1] == ':');
    if (begins && at + 1 < text.size() && text[at + 1] >= '0' && text[at + 1] <= '9') return true;
  }
  return false;
}

void check_refused(const Result& result, const std::string& text) {
  INFO(result);
  CHECK(result.exit_status == 125);
  CHECK(result.out.empty());
  CHECK_THAT(result.err, Catch::StartsWith("mpr: error: ") && Catch::Contains(text) && Catch::Contains("mpr: hint: "));
  CHECK(lines(result.err).size() == 2);
}

void read_everywhere(const std::function<Result(const Argv&)>& mpr, const std::string& store) {
  const Result runs = mpr({"runs", "--store", store});
  INFO(runs);
  CHECK(runs.exit_status == 0);
  CHECK(contains(runs.out, "succeeded"));
  CHECK(mpr({"show", "--store", store, "last"}).exit_status == 0);
  CHECK(mpr({"logs", "--store", store, "last"}).out == "1\n2\n");
}

}  // namespace

TEST_CASE("removed: a store that is moved or removed under a run ends it, and nothing that went nowhere was told") {
  const std::string what = GENERATE("directory removed", "directory moved", "log removed", "lock removed");
  CAPTURE(what);
  const Held held;
  RunningMpr mpr(held.words(3));
  held.wait_for_start();
  if (what == "directory removed") fs::remove_all(held.dir() / "s");
  if (what == "directory moved") fs::rename(held.dir() / "s", held.dir() / "moved");
  if (what == "log removed") fs::remove(held.store() + "-wal");
  if (what == "lock removed") fs::remove(held.store() + ".lock");
  held.let_go();
  check_refused(mpr->wait(), "store '" + held.store() + "' was moved or removed while it was in use");
  if (what == "directory moved") fs::rename(held.dir() / "moved", held.dir() / "s");
  const Result rest = run_mpr(held.words(3));
  INFO(rest);
  CHECK(rest.exit_status == 0);
  CHECK(rest.out == "1\n2\n3\n");
}

TEST_CASE("removed: a task's output that was removed while it was written is not taken for kept") {
  const TempDir dir;
  const Argv words{"map",
                   "--store",
                   dir / "runs.db",
                   "--resume",
                   "-q",
                   "sh",
                   "-c",
                   "head -c 40000 /dev/zero; touch \"$0/started\"; until test -e \"$0/go\"; do sleep 0.01; done",
                   dir.path(),
                   ":::",
                   "1"};
  RunningMpr mpr(words);
  REQUIRE(wait_until([&] { return exists(dir / "started") && fs::exists(dir / "runs.db.outputs"); }));
  REQUIRE(wait_until([&] {
    const fs::recursive_directory_iterator files(dir / "runs.db.outputs");
    return std::any_of(begin(files), end(files), [](const auto& entry) { return entry.is_regular_file(); });
  }));
  fs::remove_all(dir / "runs.db.outputs");
  touch(dir / "go");
  check_refused(mpr->wait(), "was moved or removed while it was in use");
  CHECK(run_mpr(words).out == std::string(40000, '\0'));
}

TEST_CASE("locked: a store that another process keeps locked is waited for 5 s, then that is told") {
  const Held held;
  RunningMpr mpr(held.words(2));
  held.wait_for_start();
  const ForeignLock lock(held.store());
  held.let_go();
  const auto begun = Clock::now();
  check_refused(mpr->wait(), "another process keeps it locked");
  CHECK(Clock::now() - begun > std::chrono::seconds{4});
}

TEST_CASE("read-only: where one may only read, a store is read, and no run begins") {
  const TempDir dir;
  const AsUser user(dir);
  fs::create_directory(dir / "s");
  user.give(dir / "s");
  const std::string store = dir / "s/runs.db";
  const Argv work{"map", "--store", store, "-q", "echo", "--inputs", "1..2"};
  if (user.mpr(work).out != "1\n2\n") {
    WARN("skipped: another user may not run mpr here");
    return;
  }
  const auto mpr = [&](const Argv& words) { return user.mpr(words); };
  fs::permissions(store, fs::perms::owner_read);
  fs::permissions(dir / "s", fs::perms::owner_read | fs::perms::owner_exec);
  read_everywhere(mpr, store);
  check_refused(user.mpr(work), "cannot record results in store '" + store + "': Permission denied");
  check_refused(user.mpr({"map", "--store", dir / "s/new.db", "echo", ":::", "1"}),
                "cannot create store '" + dir / "s/new.db" + "': Permission denied");
  fs::permissions(dir / "s", fs::perms::owner_all);
}

TEST_CASE("read-only: a store whose mpr was killed is read too, or it is said what must be copied") {
  const Held held;
  const AsUser user(held.dir());
  user.give(held.dir().path());
  fs::create_directory(held.dir() / "s");
  user.give(held.dir() / "s");
  {
    Census census;
    Running mpr(user.argv(held.words(1)), census.mark());
    if (!wait_until([&] { return exists(held.dir() / "ran-1"); }, std::chrono::seconds{5} * kSlowness)) {
      WARN("skipped: another user may not run mpr here");
      return;
    }
    ::kill(mpr.pid(), SIGKILL);
    (void)mpr.wait();
  }
  REQUIRE(fs::file_size(held.store() + "-wal") > 0);
  fs::permissions(held.dir() / "s", fs::perms::owner_read | fs::perms::owner_exec);
  const Result seen = user.mpr({"runs", "--store", held.store()});
  INFO(seen);
  CHECK(seen.exit_status == 0);
  CHECK(contains(seen.out, "interrupted"));
  fs::permissions(held.dir() / "s", fs::perms::owner_all);
  fs::remove(held.store() + "-shm");
  fs::permissions(held.dir() / "s", fs::perms::owner_read | fs::perms::owner_exec);
  check_refused(user.mpr({"runs", "--store", held.store()}),
                "cannot read store '" + held.store() + "': its last results are in '" + held.store() + "-wal'");
  fs::permissions(held.dir() / "s", fs::perms::owner_all);
}

TEST_CASE("read-only: on a file system that is mounted so, the same") {
  const SmallDisk disk("size=4m");
  if (!disk) return;
  const auto mpr = [&](const Argv& words) {
    const Census census;
    return run(disk.within(mpr_argv(words)), census.mark());
  };
  const Argv work{"map", "--store", disk / "runs.db", "-q", "echo", "--inputs", "1..2"};
  CHECK(mpr(work).out == "1\n2\n");
  if (run(disk.within({"mount", "-o", "remount,ro", disk / ""})).exit_status != 0) {
    WARN("skipped: only root may make it read-only");
    return;
  }
  read_everywhere(mpr, disk / "runs.db");
  check_refused(mpr(work), "Read-only file system");
  check_refused(mpr({"map", "--store", disk / "new.db", "echo", ":::", "1"}), "Read-only file system");
}

TEST_CASE("clock: a wall clock that jumps back changes no result, and no duration is below nothing") {
  if (kSlowness != 1) return;  // a program that is built with AddressSanitizer wants its runtime to be loaded first
  const Held held;
  {
    RunningMpr first(held.words(3));
    held.wait_for_start();
    first->signal(SIGKILL);
    (void)first->wait();
  }
  held.let_go();
  const auto at = [](const std::string& jumps) {
    Options options;
    options.env = {{"LD_PRELOAD", std::string(MPR_TEST_PROGRAMS) + "/failing_disk.so"}, {"CLOCK_JUMPS", jumps}};
    return options;
  };
  // Sessions that were a day before the first, and a day before that.
  for (const char* earlier : {"-86400 1", "-172800 1"}) {
    const Result result = run_mpr(held.words(4), at(earlier));
    INFO(result);
    CHECK(result.exit_status == 0);
    CHECK(result.out == "1\n2\n3\n4\n");
  }
  CHECK(held.executions(1) == 2);  // it was running when the first mpr was killed
  for (const unsigned task : {2U, 3U, 4U}) CHECK(held.executions(task) == 1);
  // An hour back, in the middle of a run.
  held.dir().write("m.json", R"({"version": 1, "jobs": {"a": {"command": "echo {}", "inputs": "1..60"}}})");
  const Argv manifest{"run", "--store", held.store(), "-q", held.dir() / "m.json"};
  CHECK(lines(run_mpr(manifest, at("-3600 30")).out).size() == 60);
  for (const Argv& look :
       {Argv{"show", "--json", "last"}, Argv{"runs", "--json"}, Argv{"show", "last"}, Argv{"runs"}}) {
    Argv words = look;
    words.insert(words.begin() + 1, {"--store", held.store()});
    const Result shown = run_mpr(words);
    INFO(shown);
    CHECK(shown.exit_status == 0);
    CHECK_FALSE(has_negative_number(shown.out));
  }
}

TEST_CASE("manifest: of one that is changed between two sessions, what has changed runs, and nothing else") {
  const TempDir dir;
  Options options;
  options.directory = dir.path();
  const auto manifest = [&](const std::string& word, const std::string& numbers) {
    dir.write("m.json", R"({"version": 1, "jobs": {
      "a": {"command": "echo x >> a-{}; echo a {}", "inputs": [)" +
                            numbers + R"(]},
      "b": {"command": "echo x >> b; echo )" +
                            word + R"(", "needs": "a"}}})");
  };
  manifest("b", "1, 2");
  CHECK(run_mpr({"run", "m.json", "-q"}, options).out == "a 1\na 2\nb\n");
  manifest("other", "0, 2, 1");
  const Result second = run_mpr({"run", "m.json", "-q", "--resume"}, options);
  INFO(second);
  CHECK(second.out == "a 0\na 2\na 1\nother\n");
  for (const char* name : {"a-0", "a-1", "a-2"}) CHECK(lines(read_file(dir / name)).size() == 1);
  CHECK(lines(read_file(dir / "b")).size() == 2);
}
