#include "manifest/shell_quote.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace mpr::manifest;
using Words = std::vector<std::string>;

TEST_CASE("a quoted word is always between single quotes") {
  CHECK(shell_quote("a") == "'a'");
  CHECK(shell_quote("") == "''");
  CHECK(shell_quote("a b") == "'a b'");
  CHECK(shell_quote("it's") == "'it'\\''s'");
}

TEST_CASE("a joined command line has quotes where they are needed only") {
  CHECK(shell_join(Words{"grep", "-e", "a b", "--color=auto", "x.txt"}) == "grep -e 'a b' --color=auto x.txt");
  CHECK(shell_join(Words{"echo", "", "$HOME", "~", "*", "#", "a;b"}) == "echo '' '$HOME' '~' '*' '#' 'a;b'");
  CHECK(shell_join(Words{}).empty());
}

TEST_CASE("a command that would read as an assignment is quoted") {
  CHECK(shell_join(Words{"a=b", "c=d"}) == "'a=b' c=d");
}

TEST_CASE("printable text is left as it is") {
  for (const char* text : {"", "plain text", "naïve café", "日本語", "🚀", "a\\nb", "100%"})
    CHECK(printable(text) == text);
}

TEST_CASE("control characters are shown, not sent to the terminal") {
  CHECK(printable("a\nb\tc\rd") == "a\\nb\\tc\\rd");
  CHECK(printable("\x1b[2J") == "\\x1b[2J");
  CHECK(printable(std::string_view("a\0b", 3)) ==
        "a\\x00"
        "b");
  CHECK(printable("\x7f") == "\\x7f");
  CHECK(printable("\xc2\x9b"
                  "2J") ==
        "\\xc2\\x9b"
        "2J");
}

TEST_CASE("what changes the direction of writing, or ends a line, is shown") {
  CHECK(printable("a\u202e"
                  "b") ==
        "a\\xe2\\x80\\xae"
        "b");
  CHECK(printable("\u2066") == "\\xe2\\x81\\xa6");
  CHECK(printable("\u2028") == "\\xe2\\x80\\xa8");
}

TEST_CASE("bytes that are not UTF-8 are shown one by one") {
  CHECK(printable("\xff") == "\\xff");
  CHECK(printable("\x80z") == "\\x80z");
  CHECK(printable("\xc3") == "\\xc3");
  CHECK(printable("\xc3(") == "\\xc3(");
  CHECK(printable("\xc0\xaf") == "\\xc0\\xaf");
  CHECK(printable("\xe0\x80\x80") == "\\xe0\\x80\\x80");
  CHECK(printable("\xed\xa0\x80") == "\\xed\\xa0\\x80");
  CHECK(printable("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");
  CHECK(printable("\xf0\x9f\x9a") == "\\xf0\\x9f\\x9a");
}

TEST_CASE("what a CI service would take for a command is shown, not given to it") {
  CHECK(printable("::error file=a::b") == "\\x3a:error file=a::b");
  CHECK(printable("  ::stop-commands::x") == "  \\x3a:stop-commands::x");
  CHECK(printable("##[group]x") == "\\x23#[group]x");
  CHECK(printable("a ##vso[task.setvariable variable=x]y") == "a \\x23#vso[task.setvariable variable=x]y");
  CHECK(printable("###[x") == "#\\x23#[x");
  CHECK(printable("##teamcity[buildStop]") == "\\x23#teamcity[buildStop]");
}

TEST_CASE("what only looks a little like a command to a CI service is left as it is") {
  for (const char* text : {"::1", "::", "std::string", "a ::b", "## a heading", "##", "#[derive]", "[##]"})
    CHECK(printable(text) == text);
}
