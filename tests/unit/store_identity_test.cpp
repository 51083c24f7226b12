#include <set>

#include <catch2/catch.hpp>

#include "store/identity.hpp"
#include "support/temp_dir.hpp"

using namespace mpr::test;
using mpr::store::ContentDigests;
using mpr::store::Identity;
using mpr::store::identity_of;
using mpr::store::TaskContent;

TEST_CASE("identity: different contents have different ones, whatever they are joined to") {
  const std::vector<TaskContent> contents{
      {{"a", "b"}, {}, "", {}},
      {{"ab"}, {}, "", {}},
      {{"a"}, {"b"}, "", {}},
      {{"a"}, {}, "b", {}},
      {{"a", "b", ""}, {}, "", {}},
      {{"", "a", "b"}, {}, "", {}},
      {{"a"}, {"b=", "c"}, "", {}},
      {{"a"}, {"b=c"}, "", {}},
      {{"a"}, {}, "", Identity{0, 0}},
      {{"a"}, {}, "", {}},
      {{"a"}, {}, "", Identity{1, 0}},
      {{"a"}, {}, "", Identity{0, 1}},
      {{}, {"a"}, "", {}},
      {{}, {}, "a", {}},
  };
  std::set<Identity> identities;
  for (const TaskContent& content : contents) identities.insert(identity_of(content));
  CHECK(identities.size() == contents.size());
}

TEST_CASE("identity: the order of environment variables does not matter") {
  CHECK(identity_of({{"a"}, {"x=1", "b=2"}, "", {}}) == identity_of({{"a"}, {"b=2", "x=1"}, "", {}}));
}

TEST_CASE("identity: it is a part of the store's format, and never changes") {
  const Identity identity = identity_of({{"square", "7"}, {"A=1"}, "/work", Identity{1, 2}});
  CHECK(identity.high == 0xe7b51d69530cd269);
  CHECK(identity.low == 0x2fc45bcb927b987e);
}

TEST_CASE("identity: a file is known by what it holds") {
  const TempDir dir;
  ContentDigests digests;
  const std::string text(300'000, 'x');
  const Identity one = digests.of(dir.write("one", text));
  CHECK(digests.of(dir / "one") == one);
  CHECK(digests.of(dir.write("two", text)) == one);
  CHECK(digests.of(dir.write("three", text + "x")) != one);
  CHECK(digests.of(dir.write("one", "changed")) != one);
  CHECK(digests.of("/dev/null") == digests.of(dir.write("empty", "")));
  CHECK_THROWS_AS(digests.of(dir / "none"), std::system_error);
}
