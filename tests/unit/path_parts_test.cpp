#include "manifest/path_parts.hpp"

#include <catch2/catch.hpp>

using namespace mpr::manifest;

TEST_CASE("base_name and dir_name agree with basename(1) and dirname(1)") {
  struct Row {
    const char* path;
    const char* base;
    const char* dir;
  };
  const Row rows[] = {{"a/b.c", "b.c", "a"}, {"b", "b", "."},   {"/b", "b", "/"},    {"a/b/", "b", "a"},
                      {"a//b//", "b", "a"},  {"/", "/", "/"},   {"//", "/", "/"},    {"///", "/", "/"},
                      {"", "", "."},         {".", ".", "."},   {"..", "..", "."},   {"a/..", "..", "a"},
                      {"a/", "a", "."},      {"//a", "a", "/"}, {"/a/b", "b", "/a"}, {"a b/c d", "c d", "a b"}};
  for (const auto& row : rows) {
    CAPTURE(row.path);
    CHECK(base_name(row.path) == row.base);
    CHECK(dir_name(row.path) == row.dir);
  }
}

TEST_CASE("an extension is what follows the last dot, if that is after the last slash") {
  CHECK(without_extension("a b/c.d.e") == "a b/c.d");
  CHECK(without_extension("c.d") == "c");
  CHECK(without_extension("a.b/c") == "a.b/c");
  CHECK(without_extension("a.b/") == "a.b/");
  CHECK(without_extension("c") == "c");
  CHECK(without_extension("c.") == "c");
  CHECK(without_extension("a/.c") == "a/");
  CHECK(without_extension("").empty());
}
