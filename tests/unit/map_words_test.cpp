#include "cli/map_words.hpp"

#include <catch2/catch.hpp>

#include "cli/usage_error.hpp"

using namespace mpr::app;
using Words = std::vector<std::string>;

namespace {

bool takes_value(std::string_view option) {
  return option == "-j" || option == "--workers" || option == "--timeout" || option == "--shell";
}

MapWords split(const Words& words) {
  return split_map_words(words, takes_value);
}

/// "--inputs 1 2", ":::+ a": a group as it could be written.
Words written(const MapWords& words) {
  Words groups;
  for (const auto& group : words.inputs) {
    std::string text = group.kind == InputWords::Kind::specs    ? "--inputs"
                       : group.kind == InputWords::Kind::values ? ":::"
                                                                : "::::";
    if (group.linked) text += "+";
    for (const auto& word : group.words) text += " " + word;
    groups.push_back(text);
  }
  return groups;
}

struct Refusal {
  std::string what;
  std::string hint;
};

template <class Call>
Refusal refusal(Call call) {
  try {
    call();
  } catch (const UsageError& error) {
    return {error.what(), error.hint()};
  }
  FAIL("accepted");
  return {};
}

}  // namespace

TEST_CASE("mpr's options end at the command") {
  const auto words = split({"-j", "4", "--quiet", "--timeout=5s", "-k", "grep", "-j", "x", "--quiet"});
  CHECK(words.options == Words{"-j", "4", "--quiet", "--timeout=5s", "-k"});
  CHECK(words.command == Words{"grep", "-j", "x", "--quiet"});
  CHECK(words.inputs.empty());
}

TEST_CASE("the command goes on to the first word of an input group") {
  for (const char* begins : {"--inputs", ":::", "::::"}) {
    const auto words = split({"./square", "-v", "--", "{}", begins, "1..4"});
    CHECK(words.command == Words{"./square", "-v", "--", "{}"});
    CHECK(written(words) == Words{std::string(begins) + " 1..4"});
  }
}

TEST_CASE("only the exact word begins an input group") {
  const auto words = split({"echo", "--input=1", "::", ":::::", "a:::", "--inputsx"});
  CHECK(words.command == Words{"echo", "--input=1", "::", ":::::", "a:::", "--inputsx"});
  CHECK(words.inputs.empty());
}

TEST_CASE("after inputs mpr's options are read again") {
  const auto words = split({"echo", "--inputs", "1..4", "x", "--workers", "2", "-k", "-0", "--timeout=1s"});
  CHECK(words.command == Words{"echo"});
  CHECK(written(words) == Words{"--inputs 1..4 x"});
  CHECK(words.options == Words{"--workers", "2", "-k", "-0", "--timeout=1s"});
}

TEST_CASE("inputs may be negative, or a dash") {
  CHECK(written(split({"echo", "--inputs", "-5", "-3..3", "-", "-.5", "a-b"})) == Words{"--inputs -5 -3..3 - -.5 a-b"});
}

TEST_CASE("an option's value may look like anything but the next part of the line") {
  CHECK(split({"echo", "--inputs", "1", "--timeout", "-5"}).options == Words{"--timeout", "-5"});
  const auto words = split({"--timeout", "--inputs", "1", "-j", "--", "echo"});
  CHECK(words.options == Words{"--timeout", "-j"});
  CHECK(written(words) == Words{"--inputs 1"});
  CHECK(words.command == Words{"echo"});
}

TEST_CASE("each marker begins a group of its own") {
  const auto words =
      split({"echo", "--inputs", "1", "--inputs", ":::", "a", ":::+", "b", "::::", "f", "::::+", "g", ":::"});
  CHECK(written(words) == Words{"--inputs 1", "--inputs", "::: a", ":::+ b", ":::: f", "::::+ g", ":::"});
}

TEST_CASE("--inputs= is a group of one, even if it begins with a dash") {
  const auto words = split({"echo", "--inputs", "1", "--inputs=-x", "--inputs="});
  CHECK(written(words) == Words{"--inputs 1", "--inputs -x", "--inputs "});
  CHECK(words.options.empty());
}

TEST_CASE("--inputs= ends the command") {
  const auto words = split({"echo", "-n", "--inputs=1..4", "-k"});
  CHECK(words.command == Words{"echo", "-n"});
  REQUIRE(words.inputs.size() == 1);
  CHECK(words.inputs[0].words == Words{"1..4"});
  CHECK(words.options == Words{"-k"});
}

TEST_CASE("--inputs= leaves the next word to be the command") {
  const auto words = split({"--inputs=1..4", "-k", "./square", "-v"});
  CHECK(words.command == Words{"./square", "-v"});
  CHECK(words.options == Words{"-k"});
  CHECK(written(words) == Words{"--inputs 1..4"});
}

TEST_CASE("after -- all words are the command's") {
  const auto words = split({"--inputs", "1..4", "-k", "--", "echo", "--inputs", ":::", "--", "-k"});
  CHECK(words.command == Words{"echo", "--inputs", ":::", "--", "-k"});
  CHECK(written(words) == Words{"--inputs 1..4"});
  CHECK(split({"-k", "--", "-odd-name"}).command == Words{"-odd-name"});
}

TEST_CASE("a second command after the inputs is refused") {
  CHECK(refusal([] {
          (void)split({"echo", "--inputs", "1", "--", "x"});
        }).what == "'--' after the inputs, but 'echo' is the command already");
}

TEST_CASE("a word after an option among the inputs is refused, with a hint") {
  const auto late = refusal([] { (void)split({"echo", "--inputs", "1", "--timeout", "5s", "3"}); });
  CHECK(late.what == "unexpected '3' after '--timeout', which takes no further word");
  CHECK(late.hint == "write all inputs together, options before or after them");
  const auto command = refusal([] { (void)split({"--inputs", "1", "--quiet", "./square"}); });
  CHECK(command.what == "unexpected './square' after '--quiet', which takes no further word");
  CHECK_THAT(command.hint, Catch::Contains("put '--' before it"));
  CHECK(refusal([] {
          (void)split({"echo", ":::", "1", "--inputs=2", "3"});
        }).what == "unexpected '3' after '--inputs=2', which takes no further word");
}

TEST_CASE("a link needs something to link to") {
  const auto refused = refusal([] { (void)split({"echo", ":::+", "a"}); });
  CHECK(refused.what == "':::+' links to the inputs before it, but there are none");
  CHECK(refused.hint == "begin with ':::'");
}

TEST_CASE("a missing command is told apart from one that was read as an input") {
  CHECK_NOTHROW(require_command(split({"echo"})));
  CHECK_THAT(refusal([] {
               require_command(split({"--inputs", "1..4", "./square"}));
             }).hint,
             Catch::Contains("put '--' before the command"));
  CHECK_THAT(refusal([] { require_command(split({"-j", "2"})); }).hint, Catch::Contains("mpr map COMMAND"));
  CHECK_NOTHROW(split({"--shell", "gzip {}", ":::", "a"}));
}
