#include "manifest/input_source.hpp"

#include <utility>

#include <catch2/catch.hpp>

#include "manifest/error.hpp"
#include "scratch_pipe.hpp"
#include "support/temp_dir.hpp"

using namespace mpr::manifest;
using mpr::runner::Inputs;
using mpr::test::ScratchPipe;
using mpr::test::TempDir;

namespace {

using Words = std::vector<std::string>;
using Rows = std::vector<Inputs>;
using Groups = std::vector<InputGroup>;

InputGroup specs(const Words& words) {
  return specs_group(words);
}

InputGroup linked(InputGroup group) {
  group.linked = true;
  return group;
}

Rows rows_of(InputSource source) {
  Rows rows;
  Inputs row;
  while (source.next(row) == Step::value) rows.push_back(row);
  CHECK(source.next(row) == Step::end);
  CHECK(source.total() == rows.size());
  return rows;
}

Rows rows_of(Groups groups) {
  return rows_of(InputSource(std::move(groups), {}));
}

}  // namespace

TEST_CASE("the specs of one group follow each other") {
  const TempDir files;
  const auto list = "@" + files.write("list", "x\ny\n");
  CHECK(rows_of({specs({"1..2", "a", "b", list, "3..2"})}) ==
        Rows{{"1"}, {"2"}, {"a"}, {"b"}, {"x"}, {"y"}, {"3"}, {"2"}});
}

TEST_CASE("several groups give every combination, the last varying fastest") {
  CHECK(rows_of({specs({"1..2"}), specs({"a", "b"})}) == Rows{{"1", "a"}, {"1", "b"}, {"2", "a"}, {"2", "b"}});
  const auto rows = rows_of({specs({"1..3"}), specs({"a..b"}), specs({"x", "1..2", "y"})});
  REQUIRE(rows.size() == 24);
  CHECK(rows[0] == Inputs{"1", "a", "x"});
  CHECK(rows[3] == Inputs{"1", "a", "y"});
  CHECK(rows[4] == Inputs{"1", "b", "x"});
  CHECK(rows[23] == Inputs{"3", "b", "y"});
}

TEST_CASE("files may stand in any group of a product") {
  const TempDir files;
  const auto one = "@" + files.write("one", "1\n2\n");
  const auto two = "@" + files.write("two", "a\nb");
  CHECK(rows_of({specs({one}), specs({"0", two})}) ==
        Rows{{"1", "0"}, {"1", "a"}, {"1", "b"}, {"2", "0"}, {"2", "a"}, {"2", "b"}});
}

TEST_CASE("linked groups advance together") {
  const TempDir files;
  const auto list = "@" + files.write("list", "x\ny\nz\n");
  CHECK(rows_of({specs({"1..3"}), linked(specs({"a..c"})), linked(specs({list}))}) ==
        Rows{{"1", "a", "x"}, {"2", "b", "y"}, {"3", "c", "z"}});
}

TEST_CASE("linked groups are one unit of a product") {
  CHECK(rows_of({specs({"1..2"}), linked(specs({"a..b"})), specs({"x..y"})}) ==
        Rows{{"1", "a", "x"}, {"1", "a", "y"}, {"2", "b", "x"}, {"2", "b", "y"}});
  CHECK(rows_of({specs({"x..y"}), specs({"1..2"}), linked(specs({"a..b"}))}) ==
        Rows{{"x", "1", "a"}, {"x", "2", "b"}, {"y", "1", "a"}, {"y", "2", "b"}});
}

TEST_CASE("linked groups whose different lengths are known are refused at once") {
  const std::string why = "linked inputs differ in number: group 'n' has 3, group 2 has 2";
  CHECK_THROWS_WITH(InputSource({specs({"n=1..3"}), linked(specs({"a..b"}))}, {}), why);
  CHECK_THROWS_WITH(InputSource({specs({"0"}), specs({"1..3"}), linked(specs({"a..b"}))}, {}),
                    "linked inputs differ in number: group 2 has 3, group 3 has 2");
}

TEST_CASE("linked groups whose lengths show only in reading are refused when the shorter ends") {
  const TempDir files;
  const auto one = "@" + files.write("one", "1\n");
  const auto two = "@" + files.write("two", "1\n2\n");
  const auto why = [](InputGroup first, InputGroup second) {
    InputSource source({std::move(first), linked(std::move(second))}, {});
    Inputs row;
    CHECK(source.next(row) == Step::value);
    std::string what;
    try {
      (void)source.next(row);
    } catch (const Error& error) {
      what = error.what();
    }
    return what;
  };
  CHECK(why(specs({one}), specs({two})) == "linked inputs differ in number: group 1 has 1, group 2 has at least 2");
  CHECK(why(specs({two}), specs({one})) == "linked inputs differ in number: group 2 has 1, group 1 has at least 2");
  CHECK(why(specs({one}), specs({"1..5"})) == "linked inputs differ in number: group 1 has 1, group 2 has 5");
  CHECK(why(specs({"7"}), specs({two})) == "linked inputs differ in number: group 1 has 1, group 2 has at least 2");
}

TEST_CASE("later linked groups are compared before the first row") {
  const TempDir files;
  const auto one = "@" + files.write("one", "1\n");
  InputSource source({specs({"0"}), specs({one}), linked(specs({"1..2"}))}, {});
  Inputs row;
  CHECK_THROWS_WITH(source.next(row), "linked inputs differ in number: group 2 has 1, group 3 has 2");
}

TEST_CASE("no groups at all means the lines of standard input, given as they come") {
  ScratchPipe pipe;
  InputSource source({}, {.standard_input = pipe.reader()});
  Inputs row;
  CHECK(source.next(row) == Step::wait);
  CHECK(source.wait_fd() == pipe.reader());
  pipe.put("a\nb\n");
  REQUIRE(source.next(row) == Step::value);
  CHECK(row == Inputs{"a"});
  CHECK(source.total() == std::nullopt);
  REQUIRE(source.next(row) == Step::value);
  CHECK(row == Inputs{"b"});
  pipe.close();
  CHECK(source.next(row) == Step::end);
  CHECK(source.total() == 2);
}

TEST_CASE("a row that is half known waits for the rest and loses nothing") {
  ScratchPipe pipe;
  InputSource source({specs({"1..2"}), linked(specs({"@-"}))}, {.standard_input = pipe.reader()});
  Inputs row;
  CHECK(source.next(row) == Step::wait);
  CHECK(source.next(row) == Step::wait);
  pipe.put("a\n");
  REQUIRE(source.next(row) == Step::value);
  CHECK(row == Inputs{"1", "a"});
  CHECK(source.next(row) == Step::wait);
  pipe.put("b\n");
  pipe.close();
  REQUIRE(source.next(row) == Step::value);
  CHECK(row == Inputs{"2", "b"});
  CHECK(source.next(row) == Step::end);
}

TEST_CASE("standard input in a later group is waited for before the first row") {
  ScratchPipe pipe;
  InputSource source({specs({"1..2"}), specs({"@-"})}, {.standard_input = pipe.reader()});
  Inputs row;
  CHECK(source.next(row) == Step::wait);
  pipe.put("a\n");
  CHECK(source.next(row) == Step::wait);
  CHECK(source.wait_fd() == pipe.reader());
  pipe.put("b");
  pipe.close();
  const Rows rows = rows_of(std::move(source));
  CHECK(rows == Rows{{"1", "a"}, {"1", "b"}, {"2", "a"}, {"2", "b"}});
}

TEST_CASE("an endless first group is no obstacle to the first rows") {
  ScratchPipe pipe;
  pipe.put("y\ny\ny\n");
  InputSource source({specs({"@-"}), specs({"1..2"})}, {.standard_input = pipe.reader()});
  Inputs row;
  for (int i = 0; i < 6; ++i) REQUIRE(source.next(row) == Step::value);
  CHECK(row == Inputs{"y", "2"});
  CHECK(source.next(row) == Step::wait);
}

TEST_CASE("an empty group means no rows, and standard input is left alone") {
  ScratchPipe pipe;
  InputSource source({specs({"@-"}), values_group({})}, {.standard_input = pipe.reader()});
  Inputs row;
  CHECK(source.next(row) == Step::end);
  CHECK(source.total() == 0);
  CHECK(rows_of({values_group({})}).empty());
}

TEST_CASE("the number of rows is known at once when no lines are read") {
  CHECK(InputSource({specs({"1..1000000"}), specs({"1..1000000", "x"})}, {}).total() == 1'000'001'000'000);
  CHECK(InputSource({specs({"1..3"}), linked(specs({"a..c"})), specs({"x..y"})}, {}).total() == 6);
  const TempDir files;
  const auto list = "@" + files.write("list", "x\n");
  CHECK(InputSource({specs({"1..3"}), specs({list})}, {}).total() == std::nullopt);
}

TEST_CASE("more rows than 64 bits can count are refused") {
  const auto huge = specs({"1..9223372036854775807"});
  CHECK_THROWS_WITH(InputSource({huge, specs({"1..3"})}, {}), "the inputs make more tasks than 64 bits can count");
  CHECK_THROWS_AS(InputSource({specs({"1..9223372036854775807", "1..9223372036854775807", "1..2"})}, {}), Error);
  CHECK(InputSource({huge, values_group({}), huge, huge}, {}).total() == 0);
}

TEST_CASE("standard input can be an input once only") {
  const std::string why = "standard input is named as an input 2 times, but can be read only once";
  CHECK_THROWS_WITH(InputSource({specs({"@-", "@-"})}, {}), why);
  CHECK_THROWS_WITH(InputSource({specs({"@-"}), files_group(Words{"-"})}, {}), why);
}

TEST_CASE("a file that cannot be read is found before anything runs, in any group") {
  CHECK_THROWS_WITH(InputSource({specs({"1..3"}), specs({"2", "@missing.txt"})}, {}),
                    "cannot read 'missing.txt': No such file or directory");
}

TEST_CASE("a name stands for one group") {
  CHECK_THROWS_WITH(InputSource({specs({"n=1"}), specs({"2"}), specs({"n=3"})}, {}), "two input groups are named 'n'");
  CHECK(InputSource({specs({"n=1"}), specs({"2"})}, {}).group_names() == Words{"n", ""});
}
