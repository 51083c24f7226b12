#include "manifest/located_json.hpp"

#include <catch2/catch.hpp>

#include "manifest/manifest_error.hpp"

using mpr::manifest::LocatedJson;
using mpr::manifest::ManifestError;

namespace {

using Kind = LocatedJson::Kind;

/// All of it, on one line, as it was understood.
std::string write(const LocatedJson::Value& value) {  // NOLINT(misc-no-recursion)
  std::string out;
  switch (value.kind()) {
    case Kind::array:
      for (const auto element : value.elements()) out += (out.empty() ? "" : ",") + write(element);
      return "[" + out + "]";
    case Kind::object:
      for (const auto member : value.members())
        out += (out.empty() ? "" : ",") + write(member.key) + ":" + write(member.value);
      return "{" + out + "}";
    case Kind::string:
    case Kind::key:
      return "\"" + std::string(value.text()) + "\"";
    case Kind::number:
      return std::string(value.text());
    default:
      return std::string(value.kind_name());
  }
}

std::string read(const std::string& text) {
  return write(LocatedJson(text, "x.json").root());
}

std::string read_set(const std::string& text, const std::vector<std::string>& words) {
  LocatedJson json(text, "x.json");
  for (const auto& word : words) json.set(word);
  return write(json.root());
}

struct Refused {
  std::string text;
  std::string message;
  std::string hint = {};
};

void check_refused(const Refused& wrong) {
  INFO(wrong.text);
  try {
    (void)LocatedJson(wrong.text, "x.json");
    FAIL("accepted");
  } catch (const ManifestError& error) {
    CHECK(error.what() == "x.json:" + wrong.message);
    CHECK(error.hint() == wrong.hint);
  }
}

}  // namespace

TEST_CASE("a document is read in its order, with comments left out", "[json]") {
  CHECK(read(R"({"b": [1, -2.5e3, true, false, null], "a": {"x": "y"}, "": []})") ==
        R"({"b":[1,-2.5e3,true,false,null],"a":{"x":"y"},"":[]})");
  CHECK(read("// one\n[ /* two, */ 1 /**/, // three\r 2 /***/ ] // end") == "[1,2]");
  CHECK(read("\xEF\xBB\xBF{}") == "{}");
  CHECK(read("17") == "17");
  CHECK(read(R"(["a\n\u00e9\ud83d\ude00b", "é", ""])") == "[\"a\né😀b\",\"é\",\"\"]");
  CHECK(read("[\"\xF4\x8F\xBF\xBF\xED\x9F\xBF\"]") == "[\"\xF4\x8F\xBF\xBF\xED\x9F\xBF\"]");
}

TEST_CASE("a value says where it is written, and what it is called", "[json]") {
  const LocatedJson json("{\"a\": 1,\n  \"b c\": [true,\n {\"d.e\": /*,*/ \"\\n\"}],\n \"é\" : \"f\"}", "x.json");
  CHECK(json.root().position() == "1:1");
  CHECK(json.root().find("a")->position() == "1:7");
  const auto list = *json.root().find("b c");
  CHECK(list.position() == "2:10");
  CHECK_THROWS_WITH((*list.elements().begin()).fail("no"), "x.json:2:11: [\"b c\"][0]: no");
  const auto inner = *(++list.elements().begin());
  const auto member = *inner.members().begin();
  CHECK_THROWS_WITH(inner.fail("no"), "x.json:3:2: [\"b c\"][1]: no");
  CHECK_THROWS_WITH(member.key.fail("no"), "x.json:3:3: [\"b c\"][1][\"d.e\"]: no");
  CHECK_THROWS_WITH(member.value.fail("no"), "x.json:3:16: [\"b c\"][1][\"d.e\"]: no");
  CHECK_THROWS_WITH(json.root().find("é")->fail("no"), "x.json:4:9: [\"é\"]: no");
  CHECK_THROWS_WITH(json.root().fail_kind("a pony"), "x.json:1:1: expected a pony, not an object");
}

TEST_CASE("what is not JSON is explained where it stops making sense", "[json]") {
  const std::vector<Refused> table{
      {"", "1:1: the file is empty"},
      {" // nothing\n", "1:1: the file is empty"},
      {"{", "1:2: expected a key in double quotes or '}', not the end of the file"},
      {"[", "1:2: expected a value or ']', not the end of the file"},
      {"{\"a\"", "1:5: expected ':' after the key, not the end of the file"},
      {"{\"a\" 1}", "1:6: expected ':' after the key, not '1'"},
      {"{\"a\":}", "1:6: expected a value, not '}'"},
      {"{\"a\":1 \"b\":2}", "1:8: expected ',' or '}', not '\"'"},
      {"{\"a\":1,\n}", "2:1: expected a key in double quotes after ',', not '}'"},
      {"{\"a\":1,,}", "1:8: expected a key in double quotes after ',', not ','"},
      {"{a:1}", "1:2: expected a key in double quotes or '}', not 'a'", "keys are written in double quotes"},
      {"{\"a\":1, b:1}", "1:9: expected a key in double quotes after ',', not 'b'",
       "keys are written in double quotes"},
      {"{'a':1}", "1:2: expected a key in double quotes or '}', not \"'\"", "keys are written in double quotes"},
      {"{1:1}", "1:2: expected a key in double quotes or '}', not '1'", "keys are written in double quotes"},
      {"{\"a\":1", "1:7: expected ',' or '}', not the end of the file"},
      {"[1", "1:3: expected ',' or ']', not the end of the file"},
      {"[1 2]", "1:4: expected ',' or ']', not '2'"},
      {"[1,]", "1:4: expected a value after ',', not ']'"},
      {"[,1]", "1:2: expected a value or ']', not ','"},
      {"[1}", "1:3: expected ',' or ']', not '}'"},
      {"[yes]", "1:2: expected a value or ']', not 'yes'", "strings are written in double quotes"},
      {"[nul]", "1:2: expected a value or ']', not 'nul'", "strings are written in double quotes"},
      {"{\"a\": True}", "1:7: expected a value, not 'True'", "strings are written in double quotes"},
      {"{\"a\": 'b'}", "1:7: expected a value, not \"'\"", "strings are written in double quotes"},
      {"[€]", "1:2: expected a value or ']', not '€'"},
      {"[truex]", "1:6: expected ',' or ']', not 'x'"},
      {"[1.]", "1:2: '1.' is not a number"},
      {"[-]", "1:2: '-' is not a number"},
      {"[1e]", "1:2: '1e' is not a number"},
      {"[01]", "1:3: expected ',' or ']', not '1'"},
      {"[1e999]", "1:2: '1e999' is too large a number"},
      {"[.5]", "1:2: expected a value or ']', not '.5'", "strings are written in double quotes"},
      {"[\"a]", "1:2: the string is not closed"},
      {"[\"a\n\"]", "1:2: the string is not closed on its line", "a line end in a string is written \\n"},
      {"[\"a\tb\"]", "1:4: a tab stands in a string", "it is written \\t"},
      {"[\"a\x01\"]", "1:4: a control character stands in a string"},
      {"[\"\\d+\"]", "1:3: unknown escape '\\d'", "a backslash is written \\\\"},
      {"[\"\\é\"]", "1:3: unknown escape '\\é'", "a backslash is written \\\\"},
      {"[\"\\u12g4\"]", "1:3: '\\u' needs four hexadecimal digits after it"},
      {"[\"\\ud800\"]", "1:3: '\\ud800' is half of a pair, without the other half"},
      {"[\"\\udc00\"]", "1:3: '\\udc00' is half of a pair, without the other half"},
      {"[\"\\ud800\\u0041\"]", "1:3: '\\ud800' is half of a pair, without the other half"},
      {"[\"\\", "1:2: the string is not closed"},
      {"[1, /* x ]", "1:5: the comment is not closed", "it ends with */"},
      {"[1 / 2]", "1:4: expected ',' or ']', not '/'"},
      {"{} {}", "1:4: expected the end of the file, not '{'"},
      {"[]\n]", "2:1: expected the end of the file, not ']'"},
      {"[\"\xFF\"]", "1:3: not UTF-8", "manifests are UTF-8 text"},
      {"// \xC0\x80\n{}", "1:4: not UTF-8", "manifests are UTF-8 text"},
      {"[\"\xED\xA0\x80\"]", "1:3: not UTF-8", "manifests are UTF-8 text"},
      {"[\"12345678\xE2\x82\"]", "1:11: not UTF-8", "manifests are UTF-8 text"},
      {"[\"\xE0\x80\x80\"]", "1:3: not UTF-8", "manifests are UTF-8 text"},
      {"[\"\xF0\x80\x80\x80\"]", "1:3: not UTF-8", "manifests are UTF-8 text"},
      {"[\"\xF4\x90\x80\x80\"]", "1:3: not UTF-8", "manifests are UTF-8 text"},
      {"[\"\xF0\x9F\x98", "1:3: not UTF-8", "manifests are UTF-8 text"},
      {std::string("{}\0{", 4), "1:3: a NUL byte", "manifests are UTF-8 text"},
      {"{\"a\":1,\n \"a\":2}", "2:2: a: this key is there already, at 1:2"},
      {"[{\"a\":1, \"\\u0061\":2}]", "1:10: [0].a: this key is there already, at 1:3"},
      {"{\"a\":1,\"b\":1,\"b\":1,\"a\":1}", "1:14: b: this key is there already, at 1:8"},
  };
  for (const auto& wrong : table) check_refused(wrong);
}

TEST_CASE("nesting has a limit, and no stack is needed to find that", "[json]") {
  const std::string most = std::string(64, '[') + std::string(64, ']');
  CHECK(read(most) == most);
  check_refused({std::string(65, '['), "1:65: nested deeper than 64 arrays and objects"});
  check_refused({std::string(1'000'000, '['), "1:65: nested deeper than 64 arrays and objects"});
}

TEST_CASE("a member is set: replaced, or made with all that is on its way", "[json]") {
  CHECK(read_set(R"({"a":{"b":1,"c":2}})", {"a.b=3"}) == R"({"a":{"b":3,"c":2}})");
  CHECK(read_set(R"({"a":{"b":1,"c":2}})", {"a.c=[1,\"\\n\"]", "a.c={}"}) == R"({"a":{"b":1,"c":{}}})");
  CHECK(read_set("{}", {"a.b.c=true", "a.b.d=x"}) == R"({"a":{"b":{"c":true,"d":"x"}}})");
  CHECK(read_set(R"({"a":1,"b":2})", {"a={\"x\":[]}", "a.x=1"}) == R"({"a":{"x":1},"b":2})");
}

TEST_CASE("a value that is set is JSON if all of it is, else a string", "[json]") {
  CHECK(read_set("{}", {"a=1..8"}) == R"({"a":"1..8"})");
  CHECK(read_set("{}", {"a=5s"}) == R"({"a":"5s"})");
  CHECK(read_set("{}", {"a=1 2"}) == R"({"a":"1 2"})");
  CHECK(read_set("{}", {"a="}) == R"({"a":""})");
  CHECK(read_set("{}", {"a= 7 "}) == R"({"a":7})");
  CHECK(read_set("{}", {"a=\"7\""}) == R"({"a":"7"})");
  CHECK(read_set("{}", {"a=[1"}) == R"({"a":"[1"})");
  CHECK(read_set("{}", {"a=b=c"}) == R"({"a":"b=c"})");
}

TEST_CASE("of names with dots that are there, the longest is meant", "[json]") {
  CHECK(read_set(R"({"a":{},"a.b":{},"a.bc":{}})", {"a.b.c=1"}) == R"({"a":{},"a.b":{"c":1},"a.bc":{}})");
  CHECK(read_set(R"({"a":{"b":0},"a.b.c":1})", {"a.b=2"}) == R"({"a":{"b":2},"a.b.c":1})");
}

TEST_CASE("what cannot be set is refused", "[json]") {
  const auto refused = [](const std::string& word, const std::string& why) {
    LocatedJson json(R"({"a":[1],"b":{"c":"d"}})", "x.json");
    CHECK_THROWS_WITH(json.set(word), "--set " + word + ": " + why);
  };
  refused("a", "expected PATH=VALUE");
  refused("=1", "expected PATH=VALUE");
  refused("a.b=1", "a: expected an object, not an array");
  refused("b.c.d=1", "b.c: expected an object, not a string");
  refused("b.=1", "a name is missing in the path before '='");
  refused(".b=1", "a name is missing in the path before '='");
  refused("x..b=1", "a name is missing in the path before '='");
  refused("x={\"a\":1,\"a\":2}", "x.a: this key is there already, at --set x={\"a\":1,\"a\":2}");
  LocatedJson list("[]", "x.json");
  CHECK_THROWS_WITH(list.set("a=1"), "--set a=1: the document: expected an object, not an array");
  CHECK_THROWS_WITH(list.set("a=\xFF"), "--set a=\\xff: not UTF-8");
}

TEST_CASE("mistakes in what was set are located there", "[json]") {
  LocatedJson json("{\n\"a\": 1}", "x.json");
  json.set("b.c=[1]");
  CHECK_THROWS_WITH(json.root().find("a")->fail("no"), "x.json:2:6: a: no");
  CHECK_THROWS_WITH(json.root().find("b")->fail("no"), "--set b.c=[1]: b: no");
  CHECK_THROWS_WITH((*json.root().find("b")->find("c")->elements().begin()).fail("no"), "--set b.c=[1]: b.c[0]: no");
}
