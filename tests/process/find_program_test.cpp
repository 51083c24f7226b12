#include <sys/stat.h>

#include <cstdlib>

#include "os/spawn.hpp"
#include "support/process_support.hpp"
#include "support/temp_dir.hpp"

using namespace mpr::os;
using namespace mpr::test;

namespace {

/// Two directories: "both" is executable in the second alone, "first" and "second" each in its own, "text" nowhere.
struct Directories {
  TempDir first;
  TempDir second;

  Directories() {
    first.write("both", "");
    executable(second.write("both", ""));
    executable(first.write("first", ""));
    executable(second.write("second", ""));
    second.write("text", "");
    ::mkdir((first / "folder").c_str(), 0755);
  }
  static void executable(const std::string& path) { ::chmod(path.c_str(), 0755); }
};

/// "path" or "errno N", as found in a process with this PATH ("-": none) and this directory.
std::string found(const std::string& program, const std::string& path, const std::string& directory = "/") {
  return in_child([&] {
    if (::chdir(directory.c_str()) != 0) return std::string("chdir");
    if (path == "-")
      ::unsetenv("PATH");
    else
      ::setenv("PATH", path.c_str(), 1);
    const ProgramSearch search = find_program(program);
    return search.error == 0 ? search.path : "errno " + std::to_string(search.error);
  });
}

const std::string kNone = "errno " + std::to_string(ENOENT);
const std::string kForbidden = "errno " + std::to_string(EACCES);

}  // namespace

TEST_CASE("a program is looked for in each directory of PATH, in order") {
  const Directories dirs;
  const std::string path = "/no/such:" + dirs.first.path() + ":" + dirs.second.path();
  CHECK(found("first", path) == dirs.first / "first");
  CHECK(found("second", path) == dirs.second / "second");
  CHECK(found("neither", path) == kNone);
}

TEST_CASE("a file that may not be executed is passed over, and told when there is no other") {
  const Directories dirs;
  const std::string path = dirs.first.path() + ":" + dirs.second.path();
  CHECK(found("both", path) == dirs.second / "both");
  CHECK(found("text", path) == kForbidden);
  CHECK(found("folder", path) == kForbidden);
}

TEST_CASE("a name with a slash is the path itself") {
  const Directories dirs;
  CHECK(found(dirs.first / "first", "/no/such") == dirs.first / "first");
  CHECK(found("./first", "/no/such", dirs.first.path()) == "./first");
  CHECK(found("./first", dirs.first.path(), dirs.second.path()) == kNone);
  CHECK(found(dirs.second / "text", "/no/such") == kForbidden);
  CHECK(found(dirs.first.path() + "/", "/no/such") == kForbidden);
}

TEST_CASE("the current directory is searched only where PATH says so") {
  const Directories dirs;
  CHECK(found("first", "/no/such", dirs.first.path()) == kNone);
  for (const char* path : {".", ":/no/such", "/no/such:", "/no/such::/nor/this", ""}) {
    CAPTURE(path);
    CHECK(found("first", path, dirs.first.path()) == "./first");
  }
}

TEST_CASE("without PATH the usual directories are searched") {
  CHECK_THAT(found("sh", "-"), Catch::EndsWith("/bin/sh"));
  CHECK(found("no-such-program", "-") == kNone);
}

TEST_CASE("a program without a name is not found") {
  CHECK(found("", "/bin:/usr/bin") == kNone);
}
