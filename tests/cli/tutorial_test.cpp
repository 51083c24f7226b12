// The programs of the README's library tutorial, as a reader runs them.

#include <catch2/catch.hpp>

#include "support/census.hpp"
#include "support/running.hpp"

using namespace mpr::test;

namespace {

Result lesson(const std::string& name) {
  const Census census;
  Result result = run({std::string(MPR_JOBS_DIR) + "/tutorial/" + name}, census.mark());
  INFO(result);
  CHECK(result.success());
  CHECK(result.err.empty());
  return result;
}

}  // namespace

TEST_CASE("tutorial: a process says that it works, and how it ended is known") {
  CHECK(lesson("a_process").out == "Worker process\nit ended with 0\n");
}

TEST_CASE("tutorial: a pool squares 1 to 4") {
  CHECK(lesson("a_pool").out == "1\n4\n9\n16\n");
}

TEST_CASE("tutorial: a queue brings words from one process to another, in order") {
  CHECK(lesson("a_queue").out == "hello\nfrom\nanother\nprocess\n");
}

TEST_CASE("tutorial: with a lock, no process writes between another's lines") {
  const auto told = lines(lesson("a_lock").out);
  REQUIRE(told.size() == 6);
  for (size_t i = 0; i < 6; i += 2) {
    const std::string who = told[i].substr(0, 10);
    CHECK(told[i] == who + "begins");
    CHECK(told[i + 1] == who + "ends");
  }
}

TEST_CASE("tutorial: five processes increment a value to exactly 5") {
  CHECK(lesson("a_value").out == "5\n");
}
