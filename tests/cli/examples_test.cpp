// The example manifests in jobs/, as the README runs them.
#include <catch2/catch.hpp>

#include "support/mpr_command.hpp"

using namespace mpr::test;

namespace {

Result run_example(const std::string& name, Argv more = {}) {
  Argv words{"run", "--no-store", MPR_SOURCE_DIR "/jobs/" + name + ".json"};
  words.insert(words.end(), more.begin(), more.end());
  return run_mpr(words);
}

}  // namespace

TEST_CASE("example: squares are gathered, and read line by line") {
  const Result result = run_example("squares", {"--set", "jobs.square.command=[\"" + job("square") + "\",\"{n}\"]"});
  INFO(result);
  CHECK(result.exit_status == 0);
  CHECK_THAT(result.out, Catch::StartsWith("385\n1 lies 0 above 1\n4 lies 2 above 2\n"));
  CHECK(lines(result.out).size() == 11);
}

TEST_CASE("example: words of real texts are counted by map and reduce, as by one pipe") {
  const Result result = run_example("words");
  INFO(result);
  CHECK(result.exit_status == 0);
  const Result pipe = shell(
      "cat /usr/share/common-licenses/*-[0-9]* | tr -cs A-Za-z '\\n' | tr A-Z a-z | grep . | sort | uniq -c | "
      "sort -k1,1nr -k2 | head | sed 's/^ *//'");
  CHECK(lines(result.out).size() == 10);
  CHECK(result.out == pipe.out);
}

TEST_CASE("example: shaky work is tried again, given up, and not in the way") {
  const Result result = run_example("shaky");
  INFO(result);
  CHECK(result.exit_status == 0);
  CHECK(result.out == "fetched north at attempt 3\nfetched south at attempt 3\nall is done that could be\n");
  CHECK(result.err == "mpr: 1 task failed in jobs that may fail\n");
}

TEST_CASE("example: tasks are told which of the resources they got") {
  const Result result = run_example("resources");
  INFO(result);
  CHECK(result.exit_status == 0);
  const auto said = lines(result.out);
  REQUIRE(said.size() == 7);
  for (size_t model = 0; model < 4; ++model) {
    const std::string start = "model " + std::to_string(model + 1) + " on GPU ";
    CHECK((said[model] == start + "0" || said[model] == start + "1"));
  }
  CHECK(said[4] == "building client with 2 CPUs");
  CHECK(said[6] == "comparing on GPUs 0,1");
}
