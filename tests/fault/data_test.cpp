// Much of everything that a task prints or is given: outputs of gigabytes, a million of nothing, lines of 100 MB.
#include <cstdlib>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "support/mpr_command.hpp"

using namespace mpr::test;
using Json = nlohmann::json;

namespace {

const std::string kDeed = MPR_TEST_PROGRAMS "/jobs/deed";

bool soaking() {
  return std::getenv("MPR_SOAK_SECONDS") != nullptr;
}

Options patient(Options options = {}) {
  options.limit = std::chrono::seconds{soaking() ? 1800 : 50};
  return options;
}

constexpr long kLittleMemory = 64 * 1024;  // KiB, of mpr, a worker or a task, whichever had most

void check_peak(const std::string& file, long most = kLittleMemory) {
  if (kSlowness == 1) CHECK(std::stol(read_file(file)) < most);
}

/// Numbers every line, so that whatever is lost, doubled or swapped is seen by cmp.
void check_numbers(const std::string& options, const std::string& last) {
  const TempDir dir;
  Options environment = patient();
  environment.env = {{"PEAK", dir / "peak"}, {"LAST", last}};
  const Result result = shell(R"("$HELPER" peak "$PEAK" "$MPR" map )" + options +
                                  R"( seq --inputs "$LAST" | cmp - <(seq "$LAST") && echo same)",
                              environment);
  INFO(result);
  CHECK(result.out == "same\n");
  check_peak(dir / "peak");
}

}  // namespace

TEST_CASE("an output of gigabytes is passed on byte by byte, in little memory", "[soak]") {
  // 10 GB while soaking, else 160 MB.
  check_numbers("-j1", soaking() ? "1000000000" : "18000000");
}

TEST_CASE("an output of gigabytes by lines, too", "[soak]") {
  check_numbers("-j1 --line-buffer", soaking() ? "500000000" : "5000000");
}

TEST_CASE("a hundred thousand empty outputs are nothing", "[soak]") {
  const TempDir dir;
  Options options = patient();
  options.env = {{"PEAK", dir / "peak"}, {"COUNT", soaking() ? "10000000" : "100000"}, {"DEED", kDeed}};
  const Result result = shell(
      R"(yes nothing | head -n "$COUNT" | "$HELPER" peak "$PEAK" "$MPR" map --executor persistent "$DEED" | wc -c
         echo ${PIPESTATUS[2]})",
      options);
  INFO(result);
  CHECK(result.out == "0\n0\n");
  CHECK(result.err.empty());
  check_peak(dir / "peak");
}

TEST_CASE("NUL and bytes that are no text pass through in every format") {
  const std::string task = R"(printf 'a\0b\377\303\n')";
  const std::string bytes("a\0b\xff\xc3\n", 6);
  CHECK(run_mpr({"map", "sh", "-c", task, "--inputs", "x"}).out == bytes);
  CHECK(run_mpr({"map", "--line-buffer", "sh", "-c", task, "--inputs", "x"}).out == bytes);
  CHECK(run_mpr({"map", "--tag", "sh", "-c", task, "--inputs", "x"}).out == "x\t" + bytes);
  const Json told = Json::parse(run_mpr({"map", "--json", "sh", "-c", task, "--inputs", "x\xff"}).out);
  CHECK(told["stdout_base64"] == "YQBi/8MK");
  CHECK(told.count("stdout") == 0);
  CHECK(told["inputs"][0]["base64"] == "eP8=");
  // NUL alone is text, which JSON escapes.
  CHECK(Json::parse(run_mpr({"map", "--json", "printf", "a\\0b", "--inputs", "x"}).out)["stdout"] ==
        std::string("a\0b", 3));
}

TEST_CASE("a line of 100 MB is a line") {
  for (const std::string& option : {std::string("--line-buffer"), std::string("--tag")}) {
    const TempDir dir;
    Options options = patient();
    options.env = {{"PEAK", dir / "peak"}, {"OPTION", option}, {"TAG", option == "--tag" ? "100000000\t" : ""}};
    const Result result = shell(
        R"("$HELPER" peak "$PEAK" "$MPR" map $OPTION sh -c 'head -c $0 /dev/zero | tr "\0" x; echo' --inputs 100000000 |
             cmp - <(printf %s "$TAG"; head -c 100000000 /dev/zero | tr '\0' x; echo) && echo same)",
        options);
    INFO(option << "\n" << result);
    CHECK(result.out == "same\n");
    check_peak(dir / "peak");
  }
}

TEST_CASE("inputs of a megabyte go through standard input whole") {
  const std::string large(1'000'000, 'x');
  std::string text;
  for (int line = 0; line < 20; ++line) text += large + std::to_string(line) + "\n";
  const Result result = run_mpr({"map", "-j2", "--executor", "lines", "cat"}, input(text));
  CHECK(result.success());
  CHECK((result.out == text));
  CHECK(result.err.empty());
}

TEST_CASE("inputs of a megabyte as arguments fail their tasks only") {
  std::string text;
  for (int line = 0; line < 9; ++line)
    text += (line % 3 == 1 ? std::string(1'000'000, 'x') : std::to_string(line)) + "\n";
  const Result result = run_mpr({"map", "-j2", "echo"}, input(text));
  INFO(result);
  CHECK(result.exit_status == 1);
  CHECK(result.out == "0\n2\n3\n5\n6\n8\n");
  CHECK_THAT(result.err,
             Catch::StartsWith("mpr: 3 of 9 tasks failed") && Catch::Contains("cannot start: Argument list too long"));
  CHECK(result.err.size() < 5000);
}

TEST_CASE("a million inputs behind a slow first one are bounded in memory, and in order", "[soak]") {
  const TempDir dir;
  Options options = patient();
  // The other worker has long answered all of them by then.
  options.env = {{"PEAK", dir / "peak"},
                 {"COUNT", soaking() ? "1000000" : "100000"},
                 {"FIRST", soaking() ? "sleep:10000" : "sleep:1500"},
                 {"DEED", kDeed}};
  const Result result = shell(
      R"({ echo "$FIRST"; yes task | head -n "$COUNT"; } |
           "$HELPER" peak "$PEAK" "$MPR" map -j2 --executor persistent "$DEED" |
           cmp - <(echo "$FIRST"; seq -f '%.0f 1' 2 $((COUNT + 1))) && echo same)",
      options);
  INFO(result);
  CHECK(result.out == "same\n");
  check_peak(dir / "peak");
}
