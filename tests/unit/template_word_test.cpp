#include "manifest/template_word.hpp"

#include <catch2/catch.hpp>

#include "manifest/error.hpp"

using namespace mpr::manifest;
using Words = std::vector<std::string>;

namespace {

std::string expand(const char* word, const mpr::runner::Inputs& inputs = {"a b/c.d.e"}, Words names = {}) {
  names.resize(inputs.size());
  return TemplateWord(word, names).expand({inputs, 12, 3});
}

}  // namespace

TEST_CASE("the parts of an input") {
  CHECK(expand("{}") == "a b/c.d.e");
  CHECK(expand("{.}") == "a b/c.d");
  CHECK(expand("{/}") == "c.d.e");
  CHECK(expand("{//}") == "a b");
  CHECK(expand("{/.}") == "c.d");
  CHECK(expand("{#}") == "12");
  CHECK(expand("{%}") == "3");
  CHECK(expand("<{/.}-{#}.png>{}") == "<c.d-12.png>a b/c.d.e");
}

TEST_CASE("an input group is named by its number or its name") {
  const mpr::runner::Inputs inputs{"x/1.a", "y/2.b"};
  CHECK(expand("{2}+{1}", inputs) == "y/2.b+x/1.a");
  CHECK(expand("{1.} {1/} {1//} {1/.}", inputs) == "x/1 1.a x 1");
  CHECK(expand("{to}+{2}", inputs, {"from", "to"}) == "y/2.b+y/2.b");
  CHECK(expand("{to.} {to/} {to//} {to/.}", inputs, {"from", "to"}) == "y/2 2.b y 2");
}

TEST_CASE("without a number a placeholder stands for all groups, joined by spaces") {
  CHECK(expand("{}", {"1", "2", "3"}) == "1 2 3");
  CHECK(expand("[{/.}]", {"a/1.x", "b/2.y"}) == "[1 2]");
}

TEST_CASE("doubled braces are literal ones") {
  CHECK(expand("{{}}", {"v"}) == "{}");
  CHECK(expand("{{name}}", {"v"}) == "{name}");
  CHECK(expand("{{{}}}", {"v"}) == "{v}");
  CHECK(expand("{a:{{b:1}}}", {"v"}) == "{a:{b:1}}");
  CHECK(expand("{{", {"v"}) == "{");
}

TEST_CASE("braces that are no placeholder are left as they are") {
  for (const char* word : {"{print $1}", "{a:{b:1}}", "{a,b}", "}}", "{", "}", "a{b", "{ }", "{1,3}", "${HOME}",
                           "${{ x }}", "${}", "${1}", "{-}", "{/x}", "{...}", "{///}", "}{", "{\n}"}) {
    CAPTURE(word);
    CHECK(expand(word, {"v"}) == word);
  }
}

TEST_CASE("a brace that opens nothing does not hide a placeholder after it") {
  CHECK(expand("{ {} }", {"v"}) == "{ v }");
  CHECK(expand("{a,{}}", {"v"}) == "{a,v}");
  CHECK(expand("$HOME/{}", {"v"}) == "$HOME/v");
}

TEST_CASE("what is filled in is not read again") {
  CHECK(expand("{}", {"{#}{{}}"}) == "{#}{{}}");
  CHECK(expand("{1}{2}", {"{2", "}"}) == "{2}");
}

TEST_CASE("a word in braces that names no group is an error") {
  CHECK_THROWS_WITH(expand("{nmae}", {"v"}, {"name"}), "unknown placeholder '{nmae}': the input group is named 'name'");
  CHECK_THROWS_WITH(expand("{c}", {"v", "w"}, {"a", "b"}),
                    "unknown placeholder '{c}': the input groups are named 'a' and 'b'");
  CHECK_THROWS_WITH(expand("{print}"), "unknown placeholder '{print}': no input group has a name");
  CHECK_THROWS_WITH(expand("{nmae.}"), "unknown placeholder '{nmae.}': no input group has a name");
  try {
    (void)expand("x{nmae}");
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK(error.hint() == "for literal braces write '{{nmae}}'");
  }
}

TEST_CASE("a number in braces that is no group's is an error") {
  CHECK_THROWS_WITH(expand("{3}", {"v", "w"}), "unknown placeholder '{3}': the input groups are 1 to 2");
  CHECK_THROWS_WITH(expand("{2}"), "unknown placeholder '{2}': there is only group 1");
  CHECK_THROWS_AS(expand("{0}"), Error);
  CHECK_THROWS_AS(expand("{99999999999999999999999}"), Error);
}
