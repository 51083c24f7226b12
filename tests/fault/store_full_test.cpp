// A disk that fills up under the store while a run goes on.
#include <signal.h>

#include <algorithm>

#include "store_disk.hpp"

using namespace mpr::test;

namespace {

constexpr const char* kWaiting = "waiting up to 60 s for room";

struct Work {
  size_t bytes;  ///< that each task prints
  unsigned tasks;
};

/// Each task tells in a directory of the test's own that it was executed, and prints `bytes` and its number.
class Filling {
 public:
  explicit Filling(Work work) : work_(work) { std::filesystem::create_directory(dir_ / "ran"); }

  [[nodiscard]] Argv argv(const SmallDisk& disk) const {
    const std::string script =
        "echo x >> \"$0/ran/$1\"; head -c " + std::to_string(work_.bytes) + " /dev/zero | tr '\\0' x; echo $1";
    return disk.within({kMpr, "map", "--store", disk / "s.db", "--resume", "-q", "-j2", "sh", "-c", script, dir_.path(),
                        "--inputs", "1.." + std::to_string(work_.tasks)});
  }
  [[nodiscard]] std::string expected() const {
    std::string text;
    for (unsigned task = 1; task <= work_.tasks; ++task)
      text += std::string(work_.bytes, 'x') + std::to_string(task) + "\n";
    return text;
  }
  [[nodiscard]] size_t executions(size_t task) const {
    return lines(read_file(dir_ / ("ran/" + std::to_string(task)))).size();
  }
  [[nodiscard]] size_t executed() const {
    size_t count = 0;
    for (unsigned task = 1; task <= work_.tasks; ++task) count += executions(task) > 0 ? 1 : 0;
    return count;
  }

 private:
  TempDir dir_;
  Work work_;
};

size_t lines_with(const std::string& text, const std::string& part) {
  const auto all = lines(text);
  return static_cast<size_t>(
      std::count_if(all.begin(), all.end(), [&](const std::string& line) { return contains(line, part); }));
}

// In the record, and in files of their own.
constexpr Work kWorks[] = {{3000, 150}, {40'000, 20}};
constexpr size_t kBallast = 7840UL * 1024;  // leaves less than either prints

}  // namespace

TEST_CASE("full disk: a run waits for room, says so once, and goes on as if nothing had been") {
  const SmallDisk disk("size=8m");
  if (!disk) return;
  for (const Work work : kWorks) {
    CAPTURE(work.bytes);
    const Filling filling(work);
    disk.put("ballast", kBallast);
    Census census;
    Running mpr(filling.argv(disk), census.mark());
    (void)mpr.read_err_until(kWaiting);
    // Nobody runs ahead of what can be kept.
    CHECK(filling.executed() < work.tasks);
    std::filesystem::remove(disk.outside("ballast"));
    const Result result = mpr.wait();
    INFO(result.err);
    CHECK(result.exit_status == 0);
    CHECK((result.out == filling.expected()));
    CHECK(lines_with(result.err, "store: no room on '" + disk / "s.db" + "' (the disk is full)") == 1);
    CHECK(lines_with(result.err, "store: there is room again") == 1);
    for (unsigned task = 1; task <= work.tasks; ++task) {
      if (filling.executions(task) != 1) FAIL("task " << task << " ran " << filling.executions(task) << " times");
    }
    for (const char* name : {"s.db", "s.db.outputs"}) std::filesystem::remove_all(disk.outside(name));
  }
}

TEST_CASE("full disk: a signal ends the waiting at once, and the run is resumed when there is room") {
  const SmallDisk disk("size=8m");
  if (!disk) return;
  for (const int signal : {SIGINT, SIGTERM}) {
    const Work work = kWorks[signal == SIGINT ? 0 : 1];
    const Filling filling(work);
    disk.put("ballast", kBallast);
    std::string printed;
    {
      Census census;
      Running mpr(filling.argv(disk), census.mark());
      (void)mpr.read_err_until(kWaiting);
      const auto sent = Clock::now();
      ::kill(mpr.pid(), signal);
      const Result result = mpr.wait();
      INFO(result.err);
      CHECK(result.signal == signal);
      CHECK(Clock::now() - sent < std::chrono::seconds{8} * kSlowness);
      CHECK(lines_with(result.err, "mpr: error: cannot record results in store") == 1);
      CHECK(filling.expected().starts_with(result.out));
      printed = result.out;
    }
    std::filesystem::remove(disk.outside("ballast"));
    const Census census;
    const Result rest = run(filling.argv(disk), census.mark());
    INFO(rest.err);
    CHECK(rest.exit_status == 0);
    CHECK((rest.out == filling.expected()));
    for (size_t task = 1; task <= lines(printed).size(); ++task) CHECK(filling.executions(task) == 1);
    for (const char* name : {"s.db", "s.db.outputs"}) std::filesystem::remove_all(disk.outside(name));
  }
}

TEST_CASE("full disk: what was recorded can be read where there is no room for anything") {
  const SmallDisk disk("size=8m");
  if (!disk) return;
  const auto mpr = [&](const Argv& words) {
    const Census census;
    return run(disk.within(mpr_argv(words)), census.mark());
  };
  CHECK(mpr({"map", "--store", disk / "s.db", "-q", "echo", "--inputs", "1..2"}).out == "1\n2\n");
  disk.put("ballast", 8UL * 1024 * 1024);
  for (const Argv& look : {Argv{"runs"}, Argv{"show", "last"}, Argv{"logs", "last"}}) {
    Argv words = look;
    words.insert(words.begin() + 1, {"--store", disk / "s.db"});
    const Result result = mpr(words);
    INFO(result);
    CHECK(result.exit_status == 0);
    CHECK_FALSE(result.out.empty());
  }
}

TEST_CASE("full disk: where a store cannot even be made, nothing runs") {
  const SmallDisk disk("size=64k");
  if (!disk) return;
  const Filling filling({10, 3});
  disk.put("ballast", 64UL * 1024);
  const Census census;
  const Result result = run(filling.argv(disk), census.mark());
  INFO(result.err);
  CHECK(result.exit_status == 125);
  CHECK(result.seconds < 10 * kSlowness);
  CHECK(lines_with(result.err, "the disk is full") == 1);
  CHECK(filling.executed() == 0);
}
