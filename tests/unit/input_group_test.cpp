#include "manifest/input_group.hpp"

#include <catch2/catch.hpp>

#include "manifest/error.hpp"

using namespace mpr::manifest;
using Words = std::vector<std::string>;

namespace {

std::string value(const InputSpec& spec) {
  return std::get<std::string>(spec);
}

}  // namespace

TEST_CASE("the first word of an --inputs group may name it") {
  const auto group = specs_group(Words{"size=1..3", "10"});
  CHECK(group.name == "size");
  REQUIRE(group.specs.size() == 2);
  CHECK(std::get<Range>(group.specs[0]).size() == 3);
  CHECK(value(group.specs[1]) == "10");
}

TEST_CASE("a name may stand alone before its inputs, but not without any") {
  const auto group = specs_group(Words{"file=", "a", "b"});
  CHECK(group.name == "file");
  REQUIRE(group.specs.size() == 2);
  CHECK(value(group.specs[0]) == "a");
  CHECK_THROWS_WITH(specs_group(Words{"file="}), "'file=' names an input group that has no inputs");
}

TEST_CASE("only letters, digits, _ and -, not beginning with a digit or -, are a name") {
  CHECK(specs_group(Words{"_a-1=x"}).name == "_a-1");
  for (const char* word : {"1a=b", "-a=b", "a.b=c", "a b=c", "=b", "ab", "./x=y", "http://h/?q=1"}) {
    const auto group = specs_group(Words{word});
    CHECK(group.name.empty());
    CHECK(value(group.specs.at(0)) == word);
  }
}

TEST_CASE("a later word of a group is never a name") {
  const auto group = specs_group(Words{"first", "a=b"});
  CHECK(group.name.empty());
  CHECK(value(group.specs.at(1)) == "a=b");
}

TEST_CASE("a second name in a named group is an error, as it was meant for a group or a value") {
  CHECK_THROWS_WITH(specs_group(Words{"x=1..3", "y=1..3"}), "'y=1..3' looks like a second name in the input group 'x'");
}

TEST_CASE("a value keeps all that follows the first =") {
  CHECK(value(specs_group(Words{"a=b=c"}).specs.at(0)) == "b=c");
}

TEST_CASE("values after ::: mean themselves") {
  const auto group = values_group(Words{"1..3", "@x", "a=b", "4.."});
  CHECK(group.name.empty());
  REQUIRE(group.specs.size() == 4);
  CHECK(value(group.specs[0]) == "1..3");
  CHECK(value(group.specs[1]) == "@x");
  CHECK(value(group.specs[2]) == "a=b");
  CHECK(value(group.specs[3]) == "4..");
}

TEST_CASE("words after :::: are files, whatever they look like") {
  const auto group = files_group(Words{"list", "-", "1..3"});
  REQUIRE(group.specs.size() == 3);
  CHECK(std::get<LinesOf>(group.specs[0]).path == "list");
  CHECK(std::get<LinesOf>(group.specs[1]).path == "-");
  CHECK(std::get<LinesOf>(group.specs[2]).path == "1..3");
  CHECK_THROWS_WITH(files_group(Words{""}), "'' after '::::' names no file");
}

TEST_CASE("specs and files need one at least, values may be none") {
  CHECK_THROWS_WITH(specs_group(Words{}), "'--inputs' needs one input at least");
  CHECK_THROWS_WITH(files_group(Words{}), "'::::' needs one file at least");
  CHECK(values_group(Words{}).specs.empty());
}
