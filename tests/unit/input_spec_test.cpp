#include "manifest/input_spec.hpp"

#include <vector>

#include <catch2/catch.hpp>

#include "manifest/error.hpp"

using mpr::manifest::Error;
using mpr::manifest::LinesOf;
using mpr::manifest::parse_input_spec;
using mpr::manifest::Range;

namespace {

using Words = std::vector<std::string>;

Words range(const char* word) {
  const auto spec = parse_input_spec(word);
  Words words;
  if (const auto* range = std::get_if<Range>(&spec))
    for (uint64_t i = 0; i < range->size(); ++i) words.push_back(range->at(i));
  return words;
}

bool is_plain(const char* word) {
  const auto spec = parse_input_spec(word);
  const auto* value = std::get_if<std::string>(&spec);
  return value != nullptr && *value == word;
}

void refused(const char* word, const std::string& why) {
  CHECK_THROWS_WITH(parse_input_spec(word), std::string("'") + word + "' is not a range: " + why);
}

}  // namespace

TEST_CASE("a range counts from its first number to its last") {
  CHECK(range("1..4") == Words{"1", "2", "3", "4"});
  CHECK(range("-3..3") == Words{"-3", "-2", "-1", "0", "1", "2", "3"});
  CHECK(range("7..7") == Words{"7"});
}

TEST_CASE("a range counts down when its first number is larger") {
  CHECK(range("3..1") == Words{"3", "2", "1"});
  CHECK(range("1..-1") == Words{"1", "0", "-1"});
}

TEST_CASE("the step of a range goes its way, whatever its sign, and the end is included only if hit") {
  CHECK(range("0..10..5") == Words{"0", "5", "10"});
  CHECK(range("0..10..4") == Words{"0", "4", "8"});
  CHECK(range("10..1..3") == Words{"10", "7", "4", "1"});
  CHECK(range("10..1..-3") == Words{"10", "7", "4", "1"});
  CHECK(range("1..3..-1") == Words{"1", "2", "3"});
  CHECK(range("1..3..9223372036854775807") == Words{"1"});
  CHECK(range("1..3..-9223372036854775808") == Words{"1"});
}

TEST_CASE("zeros in front of a number of a range make all as wide as its widest end, as in bash") {
  CHECK(range("08..10") == Words{"08", "09", "10"});
  CHECK(range("1..002") == Words{"001", "002"});
  CHECK(range("098..0100") == Words{"0098", "0099", "0100"});
  CHECK(range("09..101..46") == Words{"009", "055", "101"});
  CHECK(range("-01..1") == Words{"-01", "000", "001"});
  CHECK(range("0..1") == Words{"0", "1"});
}

TEST_CASE("a range of letters goes up or down") {
  CHECK(range("a..e") == Words{"a", "b", "c", "d", "e"});
  CHECK(range("C..A") == Words{"C", "B", "A"});
  CHECK(range("a..g..3") == Words{"a", "d", "g"});
  CHECK(range("g..a..3") == Words{"g", "d", "a"});
}

TEST_CASE("a huge range takes no memory, and its ends are exact") {
  const auto spec = parse_input_spec("-9223372036854775808..9223372036854775806");
  const auto& range = std::get<Range>(spec);
  CHECK(range.size() == UINT64_MAX);
  CHECK(range.at(0) == "-9223372036854775808");
  CHECK(range.at(UINT64_MAX - 1) == "9223372036854775806");
}

TEST_CASE("words that do not mean a range are themselves") {
  for (const char* word : {"file.txt", "x..y..z", "1...4", "..", "../4", "../../1", "a..", "", "ab..cd", "5", "-", "-5",
                           "2024-01-01..2024-02-01", "10.0.0.1..5", "1../x", "....", "a=b", "main..topic", "1.5"})
    CHECK(is_plain(word));
}

TEST_CASE("a word that means a range, but is none, is an error that names what is wrong") {
  refused("1..x", "'x' is not a number");
  refused("4..x", "'x' is not a number");
  refused("x..4", "'x' is not a number");
  refused("4..", "it has no last number");
  refused("..4", "it has no first number");
  refused("1..5..0", "its step is 0");
  refused("1..5..", "it has no step");
  refused("1..5..x", "'x' is not a number");
  refused("a..e..0", "its step is 0");
  refused("1..2..3..4", "it has more than FIRST..LAST..STEP");
  refused("1.5..3", "'1.5' is not a whole number");
  refused("+1..3", "'+1' is not a number");
  refused("1..-", "'-' is not a number");
  refused("a..E", "its letters are of different case");
  refused("a..5", "'a' is not a number");
}

TEST_CASE("a range that 64 bits cannot hold is an error") {
  refused("1..9223372036854775808", "'9223372036854775808' does not fit 64 bits");
  refused("-9223372036854775809..1", "'-9223372036854775809' does not fit 64 bits");
  refused("-9223372036854775808..9223372036854775807", "it has more numbers than 64 bits can count");
}

TEST_CASE("a refused range comes with the ways to pass it literally") {
  try {
    (void)parse_input_spec("4..");
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK_THAT(error.hint(), Catch::Contains("':::'"));
    CHECK_THAT(error.hint(), Catch::Contains("printf '%s\\n' '4..' | mpr map"));
  }
}

TEST_CASE("an @ names a file whose lines are the inputs") {
  CHECK(std::get<LinesOf>(parse_input_spec("@list.txt")).path == "list.txt");
  CHECK(std::get<LinesOf>(parse_input_spec("@-")).path == "-");
  CHECK(std::get<LinesOf>(parse_input_spec("@@")).path == "@");
  CHECK_THROWS_WITH(parse_input_spec("@"), "'@' names no file");
}
