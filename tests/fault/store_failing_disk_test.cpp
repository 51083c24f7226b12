// A disk under the store that fails: writes and flushes answer with an error, once or for good.
#include <cerrno>
#include <tuple>

#include "support/mpr_command.hpp"

using namespace mpr::test;

namespace {

constexpr unsigned kTasks = 320;  // more than SQLite leaves in its log

/// A program that is built with AddressSanitizer wants its runtime to be loaded first.
constexpr bool kPreloads = kSlowness == 1;

struct Fault {
  std::string rule;  ///< see failing_disk.c
  bool flushes_each_commit;
};

class Project {
 public:
  [[nodiscard]] Argv words(bool flush) const {
    Argv words{"map", "--store", dir_ / "runs.db", "--resume", "-q", "-j2"};
    if (flush) words.insert(words.end(), {"--durability", "power"});
    // In the record, and, every tenth, in a file of its own.
    words.insert(words.end(), {"sh", "-c", "test $(($1 % 10)) = 0 && width=32000; printf \"%0${width:-16000}d\\n\" $1",
                               "sh", "--inputs", "1.." + std::to_string(kTasks)});
    return words;
  }
  [[nodiscard]] static std::string expected() {
    std::string text;
    for (unsigned task = 1; task <= kTasks; ++task) {
      const std::string number = std::to_string(task);
      text += std::string((task % 10 == 0 ? 32000 : 16000) - number.size(), '0') + number + "\n";
    }
    return text;
  }
  [[nodiscard]] bool has_log() const { return exists(dir_ / "runs.db-wal"); }
  [[nodiscard]] Result run_on_failing_disk(const Fault& fault) const {
    Options options;
    options.env = {{"LD_PRELOAD", std::string(MPR_TEST_PROGRAMS) + "/failing_disk.so"}, {"FAILING_DISK", fault.rule}};
    return run_mpr(words(fault.flushes_each_commit), options);
  }

 private:
  TempDir dir_;
};

}  // namespace

TEST_CASE("failing disk: a write or flush that fails ends the run at once, and nothing that was told is lost") {
  if (!kPreloads) return;
  const std::string eio = std::to_string(EIO);
  // Once: to try again would succeed, and what was to be written may be gone all the same.
  for (const Fault& fault :
       {Fault{"pwrite 40 " + eio + " runs.db-wal 1", false}, Fault{"sync 8 " + eio + " runs.db-wal 1", true},
        Fault{"sync 1 " + eio + " .out 1", true},
        // When the log is brought into the file; SQLite by itself forgets this one.
        Fault{"sync 4 " + eio + " runs.db-wal 1", false}, Fault{"pwrite 40 " + eio + " runs.db 1", false}}) {
    CAPTURE(fault.rule);
    const Project project;
    const Result failed = project.run_on_failing_disk(fault);
    INFO(failed.err);
    CHECK(failed.exit_status == 125);
    CHECK(failed.seconds < 20);
    CHECK_THAT(failed.err, Catch::StartsWith("mpr: error: ") && Catch::Contains("Input/output error\nmpr: hint: "));
    CHECK(lines(failed.err).size() == 2);
    CHECK(Project::expected().starts_with(failed.out));
    // Not brought in when the store was closed, either.
    if (!contains(fault.rule, ".out")) CHECK(project.has_log());
    const Result rest = run_mpr(project.words(false));
    INFO(rest.err);
    CHECK(rest.exit_status == 0);
    CHECK((rest.out == Project::expected()));
  }
}

TEST_CASE("full disk: a quota that is used up is waited for like room on a disk, and told as what it is") {
  if (!kPreloads) return;
  for (const auto& [call, error, reason] : {std::tuple{"pwrite 40 ", EDQUOT, "the disk quota is used up"},
                                            std::tuple{"pwrite 40 ", ENOSPC, "the disk is full"}}) {
    CAPTURE(reason);
    const Project project;
    const Result result = project.run_on_failing_disk({call + std::to_string(error) + " runs.db-wal 3", false});
    INFO(result.err);
    CHECK(result.exit_status == 0);
    CHECK((result.out == Project::expected()));
    CHECK_THAT(result.err, Catch::Contains("' (" + std::string(reason) + "); waiting up to 60 s for room\n"));
    CHECK_THAT(result.err, Catch::EndsWith("store: there is room again, the run goes on\n"));
    CHECK(lines(result.err).size() == 2);
  }
}

TEST_CASE("full disk: at the limit of a file's size there is nothing to wait for") {
  if (!kPreloads) return;
  const Project project;
  const Result result = project.run_on_failing_disk({"pwrite 40 " + std::to_string(EFBIG) + " runs.db-wal", false});
  INFO(result.err);
  CHECK(result.exit_status == 125);
  CHECK(contains(result.err, "it has reached the limit of a file's size"));
  CHECK_FALSE(contains(result.err, "waiting"));
  CHECK(run_mpr(project.words(false)).out == Project::expected());
}
