// mpr map --json: one object a task, for other programs to read.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "support/mpr_command.hpp"

using namespace mpr::test;
using nlohmann::json;

namespace {

std::vector<json> objects(const Result& result) {
  std::vector<json> objects;
  for (const std::string& line : lines(result.out)) objects.push_back(json::parse(line));
  return objects;
}

}  // namespace

TEST_CASE("json gives one object a task, in input order") {
  const Result result =
      run_mpr({"map", "--json", "sh", "-c", "echo out $0; echo err >&2; exit $0", "--inputs", "0", "3"});
  INFO(result);
  CHECK(result.exit_status == 1);
  const auto tasks = objects(result);
  REQUIRE(tasks.size() == 2);
  CHECK(tasks[0].at("task") == 1);
  CHECK(tasks[0].at("inputs") == json::array({"0"}));
  CHECK(tasks[0].at("stdout") == "out 0\n");
  CHECK(tasks[0].at("stderr") == "err\n");
  CHECK(tasks[0].at("exit_status") == 0);
  CHECK(tasks[1].at("task") == 2);
  CHECK(tasks[1].at("exit_status") == 3);
}

TEST_CASE("json tells how each task ended") {
  const auto tasks = objects(run_mpr({"map", "--json", "--timeout", "400ms", "sh", "-c", "eval $0", ":::", "true",
                                      "exit 3", "kill -SEGV $$", "exec sleep 1000"}));
  REQUIRE(tasks.size() == 4);
  CHECK(tasks[0].at("status") == "ok");
  CHECK(tasks[1].at("status") == "failed");
  CHECK(tasks[2].at("status") == "signaled");
  CHECK(tasks[2].at("signal") == "SIGSEGV");
  CHECK(tasks[2].at("exit_status").is_null());
  CHECK(tasks[3].at("status") == "timed_out");
  CHECK(tasks[3].at("seconds") >= 0.4);
}

TEST_CASE("json tells of a task that could not be started, and why") {
  const auto tasks = objects(run_mpr({"map", "--json", "{}", "--inputs", "no-such-program"}));
  REQUIRE(tasks.size() == 1);
  CHECK(tasks[0].at("status") == "could_not_start");
  CHECK(tasks[0].at("error") == "No such file or directory");
}

TEST_CASE("json keeps every byte that a task prints, text or not") {
  const auto tasks = objects(run_mpr({"map", "--json", "printf", R"(\377\001"\\\n)", "--inputs", "a"}));
  REQUIRE(tasks.size() == 1);
  CHECK(tasks[0].at("stdout_base64") == "/wEiXAo=");
  CHECK(objects(run_mpr({"map", "--json", "printf", R"(\001"\\\n)", "--inputs", "a"})).at(0).at("stdout") ==
        "\x01\"\\\n");
}

TEST_CASE("json comes in input order, or as tasks end with --unordered") {
  const auto ordered = objects(run_mpr({"map", "--json", "-j4", "true", "--inputs", "1..50"}));
  REQUIRE(ordered.size() == 50);
  for (size_t task = 0; task < 50; ++task) CHECK(ordered[task].at("task") == task + 1);
  CHECK(objects(run_mpr({"map", "--json", "--unordered", "-j4", "true", "--inputs", "1..50"})).size() == 50);
}

TEST_CASE("json leaves stderr to mpr") {
  CHECK(run_mpr({"map", "--json", "sh", "-c", "echo noise >&2", "--inputs", "1"}).err.empty());
}
