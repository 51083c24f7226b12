// Programs that cannot be started: the task fails, with the exact reason, and the others run.
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "support/mpr_command.hpp"

using namespace mpr::test;

namespace {

std::string executable(const TempDir& dir, const std::string& name, const std::string& text) {
  const std::string path = dir.write(name, text);
  ::chmod(path.c_str(), 0755);
  return path;
}

/// The reason that mpr gives for the one task that fails, of two.
std::string reason(const Result& result, const std::string& command) {
  INFO(result);
  CHECK(result.exit_status == 1);
  CHECK(result.out == "other\n");
  for (const std::string& line : lines(result.err)) {
    const size_t at = line.find("cannot start: ");
    if (at != std::string::npos) return line.substr(at, line.find(": " + command) - at);
  }
  return result.err;
}

std::string reason_for(const std::string& program) {
  const Argv words{"map", "-j1", "--link", "{1}", "{2}", "--inputs", program, "echo", "--inputs", "other", "other"};
  return reason(run_mpr(words), program + " other");
}

}  // namespace

TEST_CASE("each reason for which a program cannot be started is told in its words") {
  const TempDir dir;
  const std::string plain = dir.write("plain", "#!/bin/sh\n");
  const std::string itself = dir / "itself";
  REQUIRE(::symlink("itself", itself.c_str()) == 0);
  CHECK(reason_for("no-such-program") == "cannot start: No such file or directory");
  CHECK(reason_for(dir / "none") == "cannot start: No such file or directory");
  CHECK(reason_for(plain) == "cannot start: Permission denied");
  CHECK(reason_for(dir.path()) == "cannot start: Permission denied");
  CHECK(reason_for(plain + "/below") == "cannot start: Not a directory");
  CHECK(reason_for(itself) == "cannot start: Too many levels of symbolic links");
  CHECK(reason_for(executable(dir, "orphan", "#!/no/such/interpreter\n")) ==
        "cannot start: its interpreter: No such file or directory");
  CHECK(reason_for(executable(dir, "barred", "#!" + plain + "\n")) ==
        "cannot start: its interpreter: Permission denied");
}

TEST_CASE("a text without an interpreter is run by the shell, as by every shell") {
  const TempDir dir;
  const std::string script = executable(dir, "script", "echo run by sh: $1\n");
  const Result result = run_mpr({"map", script, "--inputs", "1", "2"});
  INFO(result);
  CHECK(result.out == "run by sh: 1\nrun by sh: 2\n");
}

TEST_CASE("a directory that is not there fails the job's tasks, and says so") {
  const TempDir dir;
  dir.write("jobs.json", R"({"version": 1, "jobs": {"gone": {"command": ["pwd"], "cwd": "no/such/directory"},
                                      "here": {"command": ["echo", "other"]}}})");
  const Result result = run_mpr({"run", "--no-store", dir / "jobs.json"});
  CHECK(reason(result, "pwd") == "cannot start: chdir: No such file or directory");
}

TEST_CASE("an environment that is too large fails its task only, and says so") {
  const TempDir dir;
  dir.write("jobs.json", R"({"version": 1, "jobs": {"large": {"command": ["pwd"], "env": {"LARGE": ")" +
                             std::string(200'000, 'x') + R"("}}, "here": {"command": ["echo", "other"]}}})");
  const Result result = run_mpr({"run", "--no-store", dir / "jobs.json"});
  CHECK(reason(result, "pwd") == "cannot start: Argument list too long");
  CHECK(result.err.size() < 5000);
}
