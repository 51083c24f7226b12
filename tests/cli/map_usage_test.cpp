// Wrong use: one line that names the word at fault and how to mend it, and nothing has run.
#include <catch2/catch.hpp>

#include "support/mpr_command.hpp"

using namespace mpr::test;

namespace {

struct WrongUse {
  Argv words;
  std::string at_fault;
};

std::ostream& operator<<(std::ostream& stream, const WrongUse& use) {
  stream << "mpr";
  for (const std::string& word : use.words) stream << " " << word;
  return stream;
}

}  // namespace

TEST_CASE("each kind of wrong use is told in one line, with status 2") {
  const auto use = GENERATE(values<WrongUse>({
      {{"map", "--frobnicate", "echo", "--inputs", "1"}, "--frobnicate"},
      {{"map", "echo", "--inputs", "1", "--frobnicate"}, "--frobnicate"},
      {{"map", "-y", "echo", "--inputs", "1"}, "-y"},
      {{"mop"}, "mop"},
      {{"map"}, "command"},
      {{"map", "--inputs", "1..4"}, "command"},
      {{"map", "--inputs", "1..4", "--"}, "command"},
      {{"map", "", "--inputs", "1"}, "''"},
      {{"map", "echo", "--inputs"}, "--inputs"},
      {{"map", "echo", "--inputs", "4..x"}, "'4..x' is not a range: 'x' is not a number"},
      {{"map", "echo", "--inputs", "1..9..0"}, "'1..9..0'"},
      {{"map", "echo", "--inputs", "4.."}, "'4..'"},
      {{"map", "echo", "--inputs", "@/no/such/file"}, "'/no/such/file'"},
      {{"map", "echo", "::::", "/no/such/file"}, "'/no/such/file'"},
      {{"map", "echo", "--inputs", "@/"}, "'/'"},
      {{"map", "echo", "--inputs", "@-", "--inputs", "@-"}, "standard input"},
      {{"map", "echo", "{3}", "--inputs", "1"}, "'{3}'"},
      {{"map", "echo", "{size}", "--inputs", "1"}, "'{size}'"},
      {{"map", "--link", "echo", "--inputs", "1..2", "--inputs", "1..3"}, "link"},
      {{"map", "-j", "0", "echo", "--inputs", "1"}, "'0'"},
      {{"map", "-j", "-1", "echo", "--inputs", "1"}, "'-1'"},
      {{"map", "-j", "many", "echo", "--inputs", "1"}, "'many'"},
      {{"map", "--workers", "0%", "echo", "--inputs", "1"}, "'0%'"},
      {{"map", "--workers", "1000000000000", "echo", "--inputs", "1"}, "'1000000000000'"},
      {{"map", "--timeout", "soon", "echo", "--inputs", "1"}, "'soon'"},
      {{"map", "--timeout", "-1s", "echo", "--inputs", "1"}, "'-1s'"},
      {{"map", "--timeout", "5parsecs", "echo", "--inputs", "1"}, "'5parsecs'"},
      {{"map", "--kill-after", "", "echo", "--inputs", "1"}, "''"},
      {{"map", "--retry-delay", "1s1s", "echo", "--inputs", "1"}, "'1s1s'"},
      {{"map", "--retries", "-1", "echo", "--inputs", "1"}, "'-1'"},
      {{"map", "--retries", "x", "echo", "--inputs", "1"}, "'x'"},
      {{"map", "--max-failures", "x", "echo", "--inputs", "1"}, "'x'"},
      {{"map", "--affinity", "sideways", "echo", "--inputs", "1"}, "'sideways'"},
      {{"map", "--progress", "maybe", "echo", "--inputs", "1"}, "'maybe'"},
      {{"map", "--timeout"}, "--timeout"},
  }));
  INFO(use);
  check_usage_error(run_mpr(use.words, input("1\n")), use.at_fault);
}

TEST_CASE("nothing runs when a later group is wrong") {
  const TempDir dir;
  check_usage_error(run_mpr({"map", "touch", dir / "made", "--inputs", "1", "--inputs", "@/no/such/file"}),
                    "'/no/such/file'");
  CHECK_FALSE(exists(dir / "made"));
}

TEST_CASE("mpr without a command tells what there is, with status 2") {
  const Result result = run_mpr({});
  INFO(result);
  CHECK(result.exit_status == 2);
  CHECK_THAT(result.err, Catch::Contains("mpr"));
}

TEST_CASE("help has the options and examples, on stdout") {
  const Result all = run_mpr({"--help"});
  CHECK(all.success());
  CHECK_THAT(all.out, Catch::Contains("map") && Catch::Contains("cpus"));
  const Result map = run_mpr({"map", "--help"});
  INFO(map);
  CHECK(map.success());
  CHECK(map.err.empty());
  for (const char* option : {"--inputs",     "--link",     "--shell",       "--unordered", "--line-buffer",
                             "--tag",        "--json",     "--workers",     "--affinity",  "--timeout",
                             "--kill-after", "--retries",  "--retry-delay", "--fail-fast", "--max-failures",
                             "--dry-run",    "--progress", "--quiet",       "-0",          "mpr map"}) {
    CHECK_THAT(map.out, Catch::Contains(option));
  }
}

TEST_CASE("help and version that cannot be written are errors") {
  CHECK(shell("$MPR --version > /dev/full").exit_status == 125);
  CHECK(shell("$MPR map --help > /dev/full").exit_status == 125);
}

TEST_CASE("version is one line") {
  const Result result = run_mpr({"--version"});
  CHECK(result.success());
  CHECK_THAT(result.out, Catch::StartsWith("mpr ") && Catch::EndsWith("\n"));
  CHECK(lines(result.out).size() == 1);
}

TEST_CASE("durations are written in the usual ways") {
  for (const char* duration : {"250ms", "30s", "5m", "1h30m", "2"}) {
    CHECK(run_mpr({"map", "--timeout", duration, "true", "--inputs", "1"}).success());
  }
}
