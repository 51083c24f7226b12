#include "manifest/duration.hpp"

#include <catch2/catch.hpp>

#include "manifest/error.hpp"

using namespace std::chrono_literals;
using mpr::manifest::format_duration;
using mpr::manifest::parse_duration;

TEST_CASE("a duration is numbers with units, or seconds without") {
  CHECK(parse_duration("250ms") == 250ms);
  CHECK(parse_duration("30s") == 30s);
  CHECK(parse_duration("5m") == 5min);
  CHECK(parse_duration("1h30m") == 90min);
  CHECK(parse_duration("2h") == 2h);
  CHECK(parse_duration("2d") == 48h);
  CHECK(parse_duration("1d2h3m4s5ms") == 26h + 3min + 4s + 5ms);
  CHECK(parse_duration("5") == 5s);
  CHECK(parse_duration("0") == 0s);
}

TEST_CASE("the last number of a duration may have a fraction") {
  CHECK(parse_duration("1.5s") == 1500ms);
  CHECK(parse_duration("0.1") == 100ms);
  CHECK(parse_duration(".5") == 500ms);
  CHECK(parse_duration("1h0.5m") == 1h + 30s);
  CHECK(parse_duration("0.0000000019") == 1ns);
}

TEST_CASE("what is no duration is refused, with the reason") {
  const auto refused = [](const char* text, const char* why) {
    CHECK_THROWS_WITH(parse_duration(text), std::string("'") + text + "' is not a duration: " + why);
  };
  refused("", "it is empty");
  refused("-5s", "it is negative");
  refused("5mm", "unknown unit 'mm' (d, h, m, s or ms)");
  refused("5 s", "unknown unit ' s' (d, h, m, s or ms)");
  refused("5S", "unknown unit 'S' (d, h, m, s or ms)");
  refused("1s2h", "its units must descend, as in 1h30m");
  refused("1s2s", "its units must descend, as in 1h30m");
  refused("1h30", "'30' has no unit (d, h, m, s or ms)");
  refused("1.5h30m", "only its last number may have a fraction");
  refused("1.", "a number is missing after '.'");
  refused("soon", "a number is missing before 'soon'");
  refused("+5", "a number is missing before '+5'");
  refused("1..4", "a number is missing after '.'");
}

TEST_CASE("a duration that does not fit 64 bits of nanoseconds is refused, the longest that does is not") {
  CHECK(parse_duration("9223372036.854775807") == mpr::os::Duration::max());
  for (const char* text : {"9223372036.854775808", "106752d", "99999999999999999999999s", "106751d24h"})
    CHECK_THROWS_WITH(parse_duration(text), Catch::EndsWith("it is longer than 292 years"));
}

TEST_CASE("a duration reads as people say it") {
  CHECK(format_duration(0s) == "0 ms");
  CHECK(format_duration(420us) == "0.42 ms");
  CHECK(format_duration(1500us) == "1.5 ms");
  CHECK(format_duration(250ms) == "250 ms");
  CHECK(format_duration(1240ms) == "1.24 s");
  CHECK(format_duration(1200ms) == "1.2 s");
  CHECK(format_duration(1050ms) == "1.05 s");
  CHECK(format_duration(2s) == "2 s");
  CHECK(format_duration(200s) == "3 min 20 s");
  CHECK(format_duration(3min) == "3 min");
  CHECK(format_duration(2h + 5min) == "2 h 5 min");
  CHECK(format_duration(76h) == "3 d 4 h");
  CHECK(format_duration(-30s) == "-30 s");
}

TEST_CASE("rounding a duration carries into the larger unit") {
  CHECK(format_duration(9996us) == "10 ms");
  CHECK(format_duration(999600us) == "1 s");
  CHECK(format_duration(59996ms) == "1 min");
  CHECK(format_duration(1h - 1ms) == "1 h");
  CHECK(format_duration(24h - 1s) == "1 d");
}

TEST_CASE("the longest durations have a form too") {
  CHECK(format_duration(mpr::os::Duration::max()) == "106751 d 23 h");
  CHECK(format_duration(mpr::os::Duration::min()) == "-106751 d 23 h");
}
