#include "manifest/command_template.hpp"

#include <catch2/catch.hpp>

#include "manifest/error.hpp"

using namespace mpr::manifest;
using Words = std::vector<std::string>;

namespace {

Words argv(const Words& command, const mpr::runner::Inputs& inputs) {
  return CommandTemplate::words(command, Words(inputs.size())).argv(inputs, 12, 3);
}

std::string script(const char* text, const mpr::runner::Inputs& inputs) {
  const auto words = CommandTemplate::shell(text, Words(inputs.size())).argv(inputs, 12, 3);
  REQUIRE(words.size() == 3);
  CHECK(words[0] == "sh");
  CHECK(words[1] == "-c");
  return words[2];
}

}  // namespace

TEST_CASE("placeholders are filled in word by word, and never split") {
  CHECK(argv({"cp", "{}", "to/{/.}.bak"}, {"a b/c.d"}) == Words{"cp", "a b/c.d", "to/c.bak"});
  CHECK(argv({"{}"}, {"run me"}) == Words{"run me"});
  CHECK(argv({"echo", "{}"}, {""}) == Words{"echo", ""});
}

TEST_CASE("without a placeholder for an input, each group's value is appended") {
  CHECK(argv({"echo", "x"}, {"a b"}) == Words{"echo", "x", "a b"});
  CHECK(argv({"echo"}, {"a", "b"}) == Words{"echo", "a", "b"});
  CHECK(argv({"echo", "{#}", "{%}"}, {"a"}) == Words{"echo", "12", "3", "a"});
  CHECK(argv({"echo", "{{}}"}, {"a"}) == Words{"echo", "{}", "a"});
}

TEST_CASE("one placeholder for an input is enough for nothing to be appended") {
  CHECK(argv({"echo", "{2}"}, {"a", "b"}) == Words{"echo", "b"});
}

TEST_CASE("values in a script are quoted, each by itself") {
  CHECK(script("wc -l {} | sort", {"it's"}) == "wc -l 'it'\\''s' | sort");
  CHECK(script("echo {}>{1}.{#}", {"2", "x y"}) == "echo '2' 'x y'>'2'.'12'");
  CHECK(script("echo $HOME ${HOME} {.}", {"a.b"}) == "echo $HOME ${HOME} 'a'");
}

TEST_CASE("a script without a placeholder for an input gets the values appended") {
  CHECK(script("wc -l", {"a b"}) == "wc -l 'a b'");
  CHECK(script("echo {#}", {"a", "b"}) == "echo '12' 'a' 'b'");
}

TEST_CASE("numbers may stand between the quotes of a script") {
  CHECK(script("echo \"{#} of\" '{%}' {}", {"a"}) == "echo \"12 of\" '3' 'a'");
}

TEST_CASE("a placeholder behind a here-document's mark is an error, since quotes do not quote there") {
  const auto compile = [](const char* text) { return CommandTemplate::shell(text, Words{""}); };
  CHECK_THROWS_WITH(compile("cat <<E\n{}\nE"), "a placeholder stands behind '<<', where quotes may not hold");
  CHECK_NOTHROW(compile("x={}; cat <<E\n$x\nE"));
}

TEST_CASE("a placeholder is an error wherever its value could run as a command in spite of its quotes") {
  const auto compile = [](const char* text) { return CommandTemplate::shell(text, Words{""}); };
  CHECK_THROWS_WITH(compile("echo \\{}"), "a placeholder stands behind a backslash, which would undo a quote");
  CHECK_THROWS_WITH(compile("ls # {}"), "a placeholder stands in a comment, which a line break in a value would end");
  CHECK_THROWS_WITH(compile("echo `ls {}`"), "a placeholder stands between backquotes, where quotes do not hold");
  CHECK_THROWS_AS(compile("echo `ls {#}` {}"), Error);
  CHECK_THROWS_WITH(compile("echo $(({}+1))"), "a placeholder stands in $((...)), where quotes do not hold");
  CHECK_THROWS_WITH(compile("echo \"${x:-{}}\""), "a placeholder stands in ${...}, where quotes may not hold");
  const std::string unclear = "a placeholder stands where it is not clear whether quotes hold";
  CHECK_THROWS_WITH(compile("echo \"${x:-\"{}\"}\""), unclear);
  CHECK_THROWS_WITH(compile("echo \"$(case x in x) echo \"{}\";; esac)\""), unclear);
  CHECK_THROWS_WITH(compile("echo $'a\\' {} '"), unclear);
  CHECK_NOTHROW(compile("case {} in a) echo {};; esac"));
  CHECK_NOTHROW(compile("echo $(ls {}) `ls` $((1+1)) ${x:-a} {} # all"));
}

TEST_CASE("numbers may stand where quotes would not hold") {
  CHECK(script("echo $(({#}+1)) \\{#} ${x:{%}} {} # {#}", {"a"}) == "echo $((12+1)) \\12 ${x:3} 'a' # 12");
}

TEST_CASE("an input is not appended to a script where it would be a command of its own, or be lost") {
  const auto compile = [](const char* text) { return CommandTemplate::shell(text, Words{""}); };
  for (const char* text : {"", "echo a;", "echo a\n", "sleep 1 &", "true &&", "a |", "( ", "echo a # b", "echo '", "! ",
                           "echo \"${x {#}\" "}) {
    CAPTURE(text);
    CHECK_THROWS_WITH(compile(text), "the script does not end in a command that could take the input as one more word");
  }
  CHECK_NOTHROW(compile("echo a; wc -l"));
  CHECK_NOTHROW(compile("wc -l  "));
  CHECK_NOTHROW(compile("grep -c 'a;'"));
}

TEST_CASE("a placeholder between the quotes of a script is an error, since a value could then run as a command") {
  const auto compile = [](const char* text) { return CommandTemplate::shell(text, Words{""}); };
  CHECK_THROWS_WITH(compile("echo \"{}\""), "a placeholder stands between quotes, after 'echo \"'");
  CHECK_THROWS_AS(compile("echo 'x {}'"), Error);
  CHECK_THROWS_AS(compile("echo '{#} {}'"), Error);
  CHECK_THROWS_AS(compile("echo {}#'{}'"), Error);
  CHECK_NOTHROW(compile("echo \"x\" {} 'y'"));
  CHECK_NOTHROW(compile("echo \"$(wc -l {})\""));
  CHECK_NOTHROW(CommandTemplate::words(Words{"echo", "\"{}\""}, Words{""}));
}
