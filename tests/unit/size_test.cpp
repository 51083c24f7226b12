#include "manifest/size.hpp"

#include <catch2/catch.hpp>

#include "manifest/error.hpp"

using mpr::manifest::Error;
using mpr::manifest::parse_size;

namespace {

constexpr uint64_t kKilo = 1024;
constexpr uint64_t kMega = kKilo * kKilo;
constexpr uint64_t kGiga = kKilo * kMega;
constexpr uint64_t kTera = kKilo * kGiga;

void refused(const std::string& text, const std::string& why) {
  CHECK_THROWS_WITH(parse_size(text), "'" + text + "' is not a size: " + why);
}

}  // namespace

TEST_CASE("a size without a unit is bytes", "[size]") {
  CHECK(parse_size("0") == 0);
  CHECK(parse_size("1024") == 1024);
  CHECK(parse_size("7B") == 7);
  CHECK(parse_size("18446744073709551615") == UINT64_MAX);
}

TEST_CASE("units of size are powers of 1024, however they are written", "[size]") {
  CHECK(parse_size("64k") == 64 * kKilo);
  CHECK(parse_size("500M") == 500 * kMega);
  CHECK(parse_size("8G") == 8 * kGiga);
  CHECK(parse_size("2t") == 2 * kTera);
  for (const char* text : {"10M", "10m", "10MB", "10mb", "10MiB", "10mib", "10MIB"})
    CHECK(parse_size(text) == 10 * kMega);
}

TEST_CASE("a fraction of a unit of size is exact, but for what is less than a byte", "[size]") {
  CHECK(parse_size("1.5G") == kGiga + kGiga / 2);
  CHECK(parse_size("0.25K") == 256);
  CHECK(parse_size("0.1K") == 102);
  CHECK(parse_size("0.999999999999T") == 1'099'511'627'774);
  CHECK(parse_size("0.5000000000000000000000T") == kTera / 2);
  CHECK(parse_size("1.0k") == 1024);
}

TEST_CASE("what is not a size is refused with the reason", "[size]") {
  refused("", "it is empty");
  refused("-5M", "it is negative");
  refused("M", "it does not begin with a number");
  refused("lots", "it does not begin with a number");
  refused("+5", "it does not begin with a number");
  refused(" 5", "it does not begin with a number");
  refused(".5G", "it does not begin with a number");
  refused("5.G", "a number is missing after '.'");
  refused("1.5", "there are no fractions of a byte");
  refused("5X", "unknown unit 'X' (K, M, G or T)");
  refused("5iB", "unknown unit 'iB' (K, M, G or T)");
  refused("5 M", "unknown unit ' M' (K, M, G or T)");
  refused("5MBs", "unknown unit 'MBs' (K, M, G or T)");
  refused("1e3", "unknown unit 'e3' (K, M, G or T)");
}

TEST_CASE("a size that 64 bits cannot hold is refused", "[size]") {
  CHECK(parse_size("16777215T") == 16'777'215 * kTera);
  refused("16777216T", "it does not fit 64 bits");
  refused("18446744073709551616", "it does not fit 64 bits");
  refused("99999999999999999999999G", "it does not fit 64 bits");
  CHECK(parse_size("16777215.999999999999T") == UINT64_MAX - 1);
}

TEST_CASE("the hint of a refused size shows how to write one", "[size]") {
  try {
    (void)parse_size("big");
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK(error.hint() == "write it like 500M, 1.5G or 1048576 (bytes)");
  }
}
