// A store whose files were damaged, anywhere and anyhow, after its mpr was killed. What is found in it is true, what is
// not runs again, or it is refused; nothing crashes or hangs.
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <random>

#include "support/mpr_command.hpp"
#include "support/process_support.hpp"
#include "support/rounds.hpp"
#include "support/store_samples.hpp"

using namespace mpr;
using namespace mpr::test;
using store::AttemptRecord;
using store::Durability;
using store::RunWriter;
using store::Store;
using store::StoreError;
namespace fs = std::filesystem;

namespace {

constexpr uint64_t kTasks = 80;
constexpr const char* kPlan = "/home/ann/plan.json";

std::string output_of(uint64_t number) {
  return std::string(number % 10 == 0 ? 20'000 : number * 7, static_cast<char>('a' + number % 26));
}

void write_task(RunWriter& writer, uint64_t number) {
  write_attempt(writer, sample_attempt(number), output_of(number), "err");
}

/// What an mpr leaves that was killed in its second session: some of it in the file, some in the log.
void leave_killed_store(const std::string& path) {
  const std::string outcome = in_child([&]() -> std::string {
    std::string id;
    {
      Store store = Store::open(path, Durability::process);
      RunWriter writer = RunWriter::begin(store, sample_run(kPlan));
      id = writer.run().info.id;
      for (uint64_t number = 1; number <= 40; ++number) write_task(writer, number);
      writer.commit();
    }
    Store store = Store::open(path, Durability::process);
    RunWriter writer = RunWriter::resume(store, id, 4);
    for (uint64_t number = 41; number <= 60; ++number) {
      write_task(writer, number);
      if (number % 5 == 0) writer.commit();
    }
    writer.attempt_started(sample_attempt(61));
    writer.output({0, 61}, 1, worker::Stream::out, bytes_of(std::string(20'000, 'z')));
    writer.commit();
    ::raise(SIGKILL);
    return "";
  });
  REQUIRE(outcome == "killed by signal 9");
}

class Damage {
 public:
  explicit Damage(unsigned seed) : random_(seed) {}

  /// Once or a few times, to some of the store's files.
  void harm(const std::string& directory) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(directory)) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    for (uint64_t times = 1 + below(3); times > 0; --times) {
      // Half of the time the file itself: it is the largest.
      const fs::path& file = below(2) == 0 ? fs::path(directory) / "runs.db" : files[below(files.size())];
      if (fs::exists(file)) harm_file(file);
    }
  }
  uint64_t below(uint64_t limit) { return random_() % limit; }

 private:
  void harm_file(const fs::path& file) {
    std::string bytes = read_file(file);
    const uint64_t at = below(bytes.size() + 1);
    const uint64_t count = std::min<uint64_t>(bytes.size() - at, 1 + below(below(2) == 0 ? 4 : 8192));
    switch (below(8)) {
      case 0:
        bytes.resize(at);
        break;
      case 1:
        std::fill_n(bytes.begin() + static_cast<ptrdiff_t>(at), count, '\0');
        break;
      case 2:
        for (uint64_t i = 0; i < count; ++i) bytes[at + i] = static_cast<char>(random_());
        break;
      case 3:
        bytes.insert(at, count, static_cast<char>(random_()));
        break;
      case 4:
        bytes.erase(at, count);
        break;
      case 5:
        if (below(4) == 0) {
          fs::remove(file);
          return;
        }
        [[fallthrough]];
      default:
        if (at < bytes.size()) bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8)));
    }
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
  }

  std::mt19937 random_;
};

AttemptRecord written(uint64_t number, const AttemptRecord& found) {
  AttemptRecord record = sample_attempt(number);
  const std::string output = output_of(number);
  record.out = {output.size(), false, 0, output};
  if (found.out.in_file) record.out = found.out;  // compared by what is read from it
  record.err = {3, false, 0, "err"};
  return record;
}

/// Runs again what is not found; answers how many were. Empty: something was found that is not as it was written.
std::optional<uint64_t> go_on(const std::string& path) {
  Store store = Store::open(path, Durability::process);
  const auto run = store.newest_run(kPlan);
  RunWriter writer = run ? RunWriter::resume(store, run->info.id, 4) : RunWriter::begin(store, sample_run(kPlan));
  auto finished = store::Finished::of(store, writer.run().key, store::Retry::unfinished);
  uint64_t kept = 0;
  for (uint64_t number = 1; number <= kTasks; ++number) {
    const auto found = finished.take(sample_identity(number));
    if (!found) {
      write_task(writer, number);
      continue;
    }
    if (!same(*found, written(number, *found)) || output_text(store, *found) != output_of(number)) return std::nullopt;
    writer.reused(*found, {0, number});
    ++kept;
  }
  writer.finish(store::RunState::succeeded, 0, {});
  return kept;
}

/// Reads all that the history commands do.
void look_at(const std::string& path) {
  Store store = Store::open_existing(path);
  for (const store::RunRecord& run : store.runs()) {
    (void)store.jobs(run.key);
    (void)store.workers(run.key);
    for (const AttemptRecord& attempt : all_attempts(store, run.key)) (void)output_text(store, attempt);
  }
  (void)store.check();
}

std::string story_of(const std::string& path) {
  try {
    try {
      look_at(path);
    } catch (const StoreError&) {
    }
    const auto kept = go_on(path);
    if (!kept) return "a result is not as it was written";
    if (*kept > 60) return "more was found than had been written";
    const auto again = go_on(path);
    if (!again) return "a result of the resumed run is not as it was written";
    return *again == kTasks ? "went on" : "went on, and " + std::to_string(kTasks - *again) + " were lost again";
  } catch (const StoreError& error) {
    const std::string what = error.what();
    if (!contains(what, path)) return "the error does not name the store: " + what;
    if (error.hint().empty()) return "the error does not say what to do: " + what;
    return "refused";
  }
}

}  // namespace

TEST_CASE("damage: whatever is done to a store's files, what it gives is true, or it is refused", "[soak]") {
  const TempDir dir;
  leave_killed_store(dir / "whole/runs.db");
  std::map<std::string, unsigned> outcomes;
  Rounds rounds{60};
  while (const auto seed = rounds.next()) {
    CAPTURE(*seed);
    fs::copy(dir / "whole", dir / "harmed", fs::copy_options::recursive);
    Damage(*seed).harm(dir / "harmed");
    const std::string outcome = in_child([&] { return story_of(dir / "harmed/runs.db"); });
    fs::remove_all(dir / "harmed");
    ++outcomes[outcome.substr(0, outcome.find(','))];
    INFO(outcome);
    CHECK((outcome.starts_with("went on") || outcome == "refused"));
  }
  for (const auto& [outcome, count] : outcomes) WARN(outcome << ": " << count << " of " << rounds.count());
  CHECK(outcomes["went on"] > 0);
}

TEST_CASE("damage: a resumed run prints what an undisturbed one does, or names the store and ends with 125", "[soak]") {
  const TempDir dir;
  fs::create_directory(dir / "whole");
  const auto words = [&](const std::string& directory, const std::string& last) {
    return Argv{"map",
                "--store",
                directory + "/runs.db",
                "--resume",
                "-j2",
                "sh",
                "-c",
                "test $1 != 60 || test -e " + dir / "go" + " || { touch " + dir / "started" +
                    "; exec sleep 1000; }; "
                    "test $(($1 % 10)) != 0 || head -c 20000 /dev/zero | tr '\\0' x; echo $1",
                "sh",
                "--inputs",
                last};
  };
  std::string expected;
  for (unsigned number = 1; number <= 60; ++number) {
    expected += std::string(number % 10 == 0 ? 20'000 : 0, 'x') + std::to_string(number) + "\n";
  }
  CHECK(run_mpr(words(dir / "whole", "1..30")).exit_status == 0);
  {
    RunningMpr first(words(dir / "whole", "1..60"));
    (void)first->read_until("\n59\n");
    first->signal(SIGKILL);
    (void)first->wait();
  }
  touch(dir / "go");
  unsigned refused = 0;
  Rounds rounds{4};
  while (const auto seed = rounds.next()) {
    CAPTURE(*seed);
    fs::copy(dir / "whole", dir / "harmed", fs::copy_options::recursive);
    Damage(*seed).harm(dir / "harmed");
    const std::string store = dir / "harmed/runs.db";
    for (const char* command : {"runs", "show", "logs"}) {
      Argv look{command, "--store", store};
      if (std::string(command) != "runs") look.emplace_back("last");
      const Result looked = run_mpr(look);
      INFO(looked);
      CHECK(
          (looked.exit_status == 0 || looked.exit_status == 1 || looked.exit_status == 2 || looked.exit_status == 125));
    }
    const Result result = run_mpr(words(dir / "harmed", "1..60"));
    INFO(result);
    if (result.exit_status == 125) {
      ++refused;
      CHECK_THAT(result.err,
                 Catch::Contains("mpr: error: ") && Catch::Contains(store) && Catch::Contains("mpr: hint: "));
      CHECK(expected.starts_with(result.out));
    } else {
      CHECK(result.exit_status == 0);
      CHECK((result.out == expected));
    }
    fs::remove_all(dir / "harmed");
  }
  WARN(refused << " of " << rounds.count() << " refused");
}
