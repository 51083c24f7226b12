#include "terminal/tagged_lines.hpp"

#include <catch2/catch.hpp>

using namespace mpr::app;

namespace {

std::span<const std::byte> bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

}  // namespace

TEST_CASE("every line begins with the tag and a tab") {
  LineTagger tagger;
  std::string out;
  tagger.append("a\t", bytes("one\n\nthree\n"), out);
  CHECK(out == "a\tone\na\t\na\tthree\n");
}

TEST_CASE("a line that comes in pieces has one tag, wherever the pieces end") {
  const std::string text = "one\ntwo\nthree\n";
  for (size_t first = 0; first <= text.size(); ++first) {
    LineTagger tagger;
    std::string out;
    tagger.append("a\t", bytes(text.substr(0, first)), out);
    tagger.append("a\t", bytes(text.substr(first)), out);
    CHECK(out == "a\tone\na\ttwo\na\tthree\n");
  }
}

TEST_CASE("a task's last line ends before the next task's first begins") {
  LineTagger tagger;
  std::string out;
  tagger.append("a\t", bytes("no newline"), out);
  tagger.end_task(out);
  tagger.append("b\t", bytes("line\n"), out);
  tagger.end_task(out);
  CHECK(out == "a\tno newline\nb\tline\n");
}

TEST_CASE("a task that printed nothing leaves nothing") {
  LineTagger tagger;
  std::string out = "kept";
  tagger.append("a\t", {}, out);
  tagger.end_task(out);
  CHECK(out == "kept");
}

TEST_CASE("bytes that are no text pass unchanged behind the tag") {
  LineTagger tagger;
  std::string out;
  tagger.append("a\t", bytes(std::string_view("\0\xff\r\x1b\n", 5)), out);
  CHECK(out == std::string_view("a\t\0\xff\r\x1b\n", 7));
}

TEST_CASE("a tag is the inputs in one field of one line") {
  CHECK(prefix_of("", {"a", "b c"}) == "a b c\t");
  CHECK(prefix_of("", {"a\tb\nc", "\x1b[2J"}) == "a\\tb\\nc \\x1b[2J\t");
  CHECK(prefix_of("", {"", ""}) == " \t");
  CHECK(prefix_of("", {}) == "\t");
}
