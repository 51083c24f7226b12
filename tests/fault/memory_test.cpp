// Too little memory: for a task, which the kernel kills, and for mpr itself.
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "support/mpr_command.hpp"

using namespace mpr::test;

namespace {

namespace fs = std::filesystem;

/// A cgroup with little memory; empty where none can be made.
class SmallCgroup {
 public:
  SmallCgroup() {
    const std::string name = "mpr-test-" + std::to_string(::getpid());
    const std::string limit = std::to_string(64 * 1024 * 1024 * kSlowness);
    make("/sys/fs/cgroup/memory/" + name, "memory.limit_in_bytes", limit);
    if (path_.empty()) make("/sys/fs/cgroup/" + name, "memory.max", limit);
    // Else what is to be killed would be swapped out.
    (void)write("memory.swap.max", "0");
    (void)write("memory.swappiness", "0");
  }
  SmallCgroup(const SmallCgroup&) = delete;
  SmallCgroup& operator=(const SmallCgroup&) = delete;
  ~SmallCgroup() {
    if (!path_.empty()) (void)wait_until([this] { return ::rmdir(path_.c_str()) == 0; });
  }

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  void make(const std::string& path, const std::string& limit_file, const std::string& limit) {
    std::error_code error;
    if (!fs::exists(fs::path(path).parent_path() / "cgroup.procs", error) || !fs::create_directory(path, error)) return;
    path_ = path;
    if (write(limit_file, limit)) return;
    ::rmdir(path.c_str());
    path_.clear();
  }
  [[nodiscard]] bool write(const std::string& file, const std::string& text) const {
    if (path_.empty() || !fs::exists(path_ + "/" + file)) return false;
    std::ofstream out(path_ + "/" + file);
    out << text << std::flush;
    return out.good();
  }

  std::string path_;
};

/// mpr with these words in the cgroup.
Result run_in(const SmallCgroup& cgroup, const std::string& words) {
  Options options = env("CGROUP", cgroup.path());
  return shell("echo $$ > $CGROUP/cgroup.procs && exec $MPR " + words, options);
}

}  // namespace

TEST_CASE("a task that is killed for want of memory is told from one that is killed otherwise") {
  const SmallCgroup cgroup;
  if (cgroup.path().empty()) {
    WARN("skipped: no memory cgroup can be made here");
    return;
  }
  // tail keeps the last line, and this one has no end.
  const Result hungry = run_in(cgroup, "map -j1 --json sh -c 'exec $0' --inputs 'tail /dev/zero' true");
  INFO(hungry);
  CHECK(hungry.exit_status == 1);
  const auto told = lines(hungry.out);
  REQUIRE(told.size() == 2);
  CHECK(nlohmann::json::parse(told[0])["error"] == "out of memory");
  CHECK(nlohmann::json::parse(told[0])["signal"] == "SIGKILL");
  CHECK(nlohmann::json::parse(told[1])["status"] == "ok");
  CHECK_THAT(hungry.err, Catch::Contains("killed: out of memory (peak RSS "));

  // The count has risen by now: what counts is whether it rises during the run.
  const Result shot = run_in(cgroup, "map -j1 sh -c 'kill -9 $$' --inputs 1");
  INFO(shot);
  CHECK_THAT(shot.err, Catch::Contains("killed by signal 9 (SIGKILL)"));
  CHECK_THAT(shot.err, !Catch::Contains("memory"));
}

TEST_CASE("each kill for want of memory is the reason of one death") {
  const SmallCgroup cgroup;
  if (cgroup.path().empty()) {
    WARN("skipped: no memory cgroup can be made here");
    return;
  }
  const Result both =
      run_in(cgroup, "map -j1 --json sh -c '[ $0 = 1 ] && exec tail /dev/zero; kill -9 $$' --inputs 1 2");
  INFO(both);
  const auto told = lines(both.out);
  REQUIRE(told.size() == 2);
  CHECK(nlohmann::json::parse(told[0])["error"] == "out of memory");
  CHECK(nlohmann::json::parse(told[1]).count("error") == 0);
  CHECK(nlohmann::json::parse(told[1])["signal"] == "SIGKILL");
}

TEST_CASE("that a task was killed for want of memory is recorded") {
  const SmallCgroup cgroup;
  if (cgroup.path().empty()) {
    WARN("skipped: no memory cgroup can be made here");
    return;
  }
  const TempDir dir;
  Options options = env("CGROUP", cgroup.path());
  options.env.emplace_back("DIR", dir.path());
  const Result result = shell(
      R"(sh -c 'echo $$ > $CGROUP/cgroup.procs; exec $MPR map --quiet --store $DIR/runs.db tail --inputs /dev/zero'
         MPR_STORE=$DIR/runs.db $MPR show $(MPR_STORE=$DIR/runs.db $MPR runs | grep -o '^[0-9a-z-]*' | tail -1))",
      options);
  INFO(result);
  CHECK_THAT(result.out + result.err, Catch::Contains("killed: out of memory (peak RSS "));
}

TEST_CASE("with little memory for mpr itself, a run is right or ends with a clear line") {
  if (kSlowness != 1) {
    WARN("skipped: AddressSanitizer takes more address space than there may be");
    return;
  }
  unsigned right = 0;
  for (const int kilobytes : {8000, 8200, 8400, 8600, 8800, 9000, 9500, 10'000, 12'000, 20'000, 60'000}) {
    const std::string limit = "ulimit -v " + std::to_string(kilobytes) + "; ";
    if (!shell(limit + "$MPR --help").success()) continue;  // not enough to come to its main
    const Result result = shell(limit + "$MPR map -j2 true --inputs 1..50");
    INFO(kilobytes << " KB\n" << result);
    CHECK(result.signal == 0);
    CHECK(result.exit_status != 134);  // what a shell makes of SIGABRT
    if (result.exit_status == 0) {
      ++right;
      CHECK(result.err.empty());
    } else {
      CHECK_THAT(result.err, Catch::Contains("emory"));
    }
  }
  CHECK(right > 0);
}

TEST_CASE("an output that JSON has no memory for ends mpr with a clear line") {
  if (kSlowness != 1) {
    WARN("skipped: AddressSanitizer takes more address space than there may be");
    return;
  }
  const Result result = shell("ulimit -v 100000; $MPR map -j1 --json head -c 300000000 --inputs /dev/zero");
  INFO(result);
  CHECK(result.exit_status == 125);
  CHECK(result.err == "mpr: error: out of memory\n");
}
