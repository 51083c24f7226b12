#include "manifest/worker_count.hpp"

#include <catch2/catch.hpp>

#include "manifest/error.hpp"

using mpr::manifest::parse_worker_count;

TEST_CASE("a number of workers is a number, a share of the CPUs, or all of them") {
  CHECK(parse_worker_count("3", 8) == 3);
  CHECK(parse_worker_count("auto", 8) == 8);
  CHECK(parse_worker_count("50%", 8) == 4);
  CHECK(parse_worker_count("150%", 8) == 12);
  CHECK(parse_worker_count("10000", 8) == 10000);
}

TEST_CASE("a percentage of the CPUs is rounded, to one worker at least") {
  CHECK(parse_worker_count("50%", 3) == 2);
  CHECK(parse_worker_count("33%", 4) == 1);
  CHECK(parse_worker_count("1%", 2) == 1);
}

TEST_CASE("zero workers are refused") {
  CHECK_THROWS_WITH(parse_worker_count("0", 8), "zero workers: '0' would run nothing");
  CHECK_THROWS_WITH(parse_worker_count("0%", 8), "zero workers: '0%' would run nothing");
}

TEST_CASE("more workers than a machine can want are refused") {
  for (const char* text : {"10001", "99999999999999999999", "9999999%", "18446744073709551615%"})
    CHECK_THROWS_WITH(parse_worker_count(text, 8), std::string("too many workers: '") + text + "' is more than 10000");
}

TEST_CASE("what is no number of workers is refused, and says what would be") {
  for (const char* text : {"", "%", "-1", "+2", "1.5", "4x", "all", " 4", "50%%"})
    CHECK_THROWS_WITH(parse_worker_count(text, 8), std::string("'") + text + "' is not a number of workers");
  try {
    (void)parse_worker_count("all", 8);
    FAIL("accepted");
  } catch (const mpr::manifest::Error& error) {
    CHECK_THAT(error.hint(), Catch::Contains("auto"));
  }
}
